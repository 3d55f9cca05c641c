// Who acted last at this browser, so that the portal's page knows the way back to them.

const KEY = "last-actor";

/** Remember who acts. */
export function remember(id) {
  try {
    localStorage.setItem(KEY, id);
  } catch {
    // storage may be closed to us; then the way back leads to the first person
  }
}

/** Who acted last, or "". */
export function lastActor() {
  try {
    return localStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}
