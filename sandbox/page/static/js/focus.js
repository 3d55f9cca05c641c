// Where the focus is, and giving it back after what had it was moved or taken away.

/**
 * Remember where the focus is, selection included.
 * @returns {() => void} gives it back; where the element is gone, what held it and can have the
 *   focus (a message, a dialog) takes it.
 */
export function rememberFocus() {
  const held = document.activeElement;
  const { selectionStart, selectionEnd } = held ?? {};
  const places = [held, ...around(held)];
  return () => {
    const place = places.find((one) => one?.isConnected);
    if (!place || place === document.activeElement) return;
    place.focus({ preventScroll: true });
    if (place === held && typeof selectionStart === "number") {
      held.setSelectionRange(selectionStart, selectionEnd);
    }
  };
}

/** The same, but only where nothing else has taken the focus meanwhile. */
export function rememberUnlessTaken() {
  const giveBack = rememberFocus();
  return () => {
    if (document.activeElement === document.body) giveBack();
  };
}

/** What is around an element and can have the focus; all of the page's main part is too much. */
function around(element) {
  const outer = element?.parentElement?.closest("[tabindex]:not(main)");
  return outer ? [outer, ...around(outer)] : [];
}
