// Who holds which billing role, and taking it away.

import { happening } from "./azure.js";
import { h } from "./dom.js";
import { page, person } from "./page.js";

/** The roles, person by person. */
export function drawRoles() {
  const { roles } = page.state.azure;
  const holders = [...new Set(roles.map((one) => one.person))];
  const without = page.state.people.filter((one) => !holders.includes(one.id));
  return [
    h(
      "div",
      { class: "deeds" },
      happening("Restore all roles", "small", "/api/azure", { do: "restore_roles" }),
    ),
    h(
      "ul",
      { class: "roles" },
      holders.map((id) =>
        holder(
          id,
          roles.filter((one) => one.person === id),
        ),
      ),
    ),
    h("h3", { class: "panel-heading" }, "Without a role"),
    h(
      "ul",
      { class: "roles" },
      without.map((one) => holder(one.id, [])),
    ),
  ];
}

function holder(id, roles) {
  const name = person(id)?.name ?? id;
  return h(
    "li",
    { key: id, class: "role", "data-testid": "role", "data-user-id": id },
    h("p", { class: "role-name" }, name),
    roles.map((one) => held(name, one)),
    !roles.length &&
      line(
        name,
        "No billing role",
        happening("Let pay", "small", "/api/azure", { do: "grant_role", person: id }),
      ),
  );
}

function held(name, { person: id, role, scope, via }) {
  const revoke = { do: "revoke_role", person: id, role, scope };
  const label = `Revoke: ${name}, ${role} of ${scope}`;
  const words = `${role} of ${scope}${via === "directly" ? "" : `, ${via}`}`;
  return line(
    `${role} ${scope} ${via}`,
    words,
    happening("Revoke", "small", "/api/azure", revoke, { "aria-label": label }),
  );
}

const line = (key, words, button) =>
  h("div", { class: "role-line", key }, h("p", { class: "quiet" }, words), button);
