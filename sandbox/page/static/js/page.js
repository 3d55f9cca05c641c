// What the page knows and shows: the server's last snapshot, and what is open on this screen.

/** `state` is the snapshot (null until it came), `lost` whether the connection is down. */
export const page = { state: null, lost: false, received: 0 };

/** What is open on this screen; nothing of it is known to the server. */
export const ui = {
  place: "", // a channel's id, "home" for the app's Home tab
  thread: null, // {channel, ts} of the thread at the side
  sheet: "slack", // on a phone: slack, azure or traffic
  panel: "azure", // the tab of the right-hand panel
  panelOpen: true,
  drawer: false, // on a phone: the sidebar
};

let drawing = () => {};
let due = false;
let pressing; // a timer while a pointer is down: what is under it must stay there until it is up
const LONGEST_PRESS_MS = 1000; // where a pointer goes up outside, the page may not hear of it

/** Name the function that draws the whole page. */
export function drawWith(work) {
  drawing = work;
  addEventListener("pointerdown", press, true);
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, released, true);
}

/** Draw soon: any number of changes in one turn make one drawing, and none cuts a click in two. */
export function draw() {
  if (due) return;
  due = true;
  queueMicrotask(drawNow);
}

function drawNow() {
  if (pressing || !due) return;
  due = false;
  drawing();
}

function press() {
  clearTimeout(pressing);
  pressing = setTimeout(release, LONGEST_PRESS_MS);
}

/** Draw again after the click, which is still to come in this same turn. */
function released() {
  clearTimeout(pressing);
  if (pressing) pressing = setTimeout(release);
}

function release() {
  pressing = undefined;
  drawNow();
}

/** Change what is open on this screen. */
export function show(changes) {
  Object.assign(ui, changes);
  draw();
}

/** The id of the person at this screen. */
export const me = () => page.state?.me.id;

/** The language of the person at this screen. */
export const readersLanguage = () => page.state?.me.locale;

/** The person with this id, or undefined. */
export const person = (id) => page.state?.people.find((one) => one.id === id);

/** Everything one can talk in: channels, then direct messages. */
export const conversations = () => [...(page.state?.channels ?? []), ...(page.state?.dms ?? [])];

/** The conversation with this id, or undefined. */
export const conversation = (id) => conversations().find((one) => one.id === id);

/** The message, or undefined. */
export const message = (channel, ts) =>
  conversation(channel)?.messages.find((one) => one.ts === ts);
