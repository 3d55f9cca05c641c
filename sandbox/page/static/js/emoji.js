// The emoji shortcodes that apps and people around invoices use, and their characters.

const NAMES = `
warning ⚠️ no_entry ⛔ no_entry_sign 🚫 white_check_mark ✅ heavy_check_mark ✔️ x ❌ lock 🔒
unlock 🔓 key 🔑 old_key 🗝️ hourglass ⌛ hourglass_flowing_sand ⏳ busts_in_silhouette 👥
bust_in_silhouette 👤 information_source ℹ️ bell 🔔 no_bell 🔕 rotating_light 🚨 fire 🔥 bulb 💡
moneybag 💰 money_with_wings 💸 credit_card 💳 bank 🏦 receipt 🧾 chart_with_upwards_trend 📈
chart_with_downwards_trend 📉 bar_chart 📊 page_facing_up 📄 memo 📝 pencil ✏️ pushpin 📌
calendar 📅 date 📅 clock1 🕐 alarm_clock ⏰ stopwatch ⏱️ repeat 🔁 arrows_counterclockwise 🔄
arrow_right ➡️ arrow_left ⬅️ arrow_up ⬆️ arrow_down ⬇️ link 🔗 mag 🔍 email 📧 envelope ✉️
incoming_envelope 📨 robot_face 🤖 gear ⚙️ hammer_and_wrench 🛠️ wrench 🔧 shield 🛡️ zap ⚡
large_green_circle 🟢 large_yellow_circle 🟡 large_orange_circle 🟠 red_circle 🔴 large_blue_circle 🔵
white_circle ⚪ black_circle ⚫ question ❓ grey_question ❔ exclamation ❗ heavy_exclamation_mark ❗
bangbang ‼️ eyes 👀 wave 👋 thumbsup 👍 +1 👍 thumbsdown 👎 -1 👎 raised_hands 🙌 clap 👏 pray 🙏
ok_hand 👌 point_right 👉 tada 🎉 sparkles ✨ star ⭐ heart ❤️ rocket 🚀 smile 😄 slightly_smiling_face 🙂
thinking_face 🤔 cry 😢 sweat_smile 😅 see_no_evil 🙈 coffee ☕ earth_africa 🌍 globe_with_meridians 🌐
handshake 🤝 zzz 💤 leftwards_arrow_with_hook ↩️ outbox_tray 📤 test_tube 🧪 performing_arts 🎭
cloud ☁️ house 🏠 office 🏢 briefcase 💼 package 📦 label 🏷️ ballot_box_with_check ☑️ recycle ♻️
`;

const KNOWN = new Map(
  [...NAMES.matchAll(/(\S+) (\S+)/g)].map(([, name, character]) => [name, character]),
);

/** The character of a shortcode without its colons, or undefined. */
export const emoji = (name) => KNOWN.get(name.replace(/::skin-tone-\d$/, ""));

/** Plain text with its known `:shortcodes:` turned into characters. */
export const withEmoji = (text) =>
  text.replace(/:([a-z0-9_+'-]+):/g, (code, name) => emoji(name) ?? code);
