// The line to the server: snapshots come in by themselves, acts go out.

const AGAIN_AFTER = [500, 1000, 2000, 4000]; // ms; the last one repeats

/**
 * Follow the page's state as one person.
 * @param {string} as the person's id, "" for the first one.
 * @param {(state: object) => void} onState called with every snapshot.
 * @param {(lost: boolean) => void} onLost called when the line goes down or is up again.
 * @returns {() => void} stop following.
 */
export function follow(as, onState, onLost) {
  let source;
  let timer;
  let failures = 0;
  const connect = () => {
    source = new EventSource(`/api/live?as=${encodeURIComponent(as)}`);
    source.addEventListener("state", (event) => {
      failures = 0;
      onLost(false);
      onState(JSON.parse(event.data));
    });
    source.onerror = () => {
      source.close();
      onLost(true);
      timer = setTimeout(connect, AGAIN_AFTER[Math.min(failures++, AGAIN_AFTER.length - 1)]);
    };
  };
  connect();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}

/** POST JSON; the answer's JSON, or `{ok: false, …}` with words where there was none. */
export async function post(path, body) {
  const failed = (words) => ({ ok: false, trouble: words, message: words });
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const said = await answer.json().catch(() => null);
    return said ?? failed(`The sandbox answered with status ${answer.status}.`);
  } catch {
    return failed("The sandbox could not be reached.");
  }
}
