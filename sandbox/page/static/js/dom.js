// A tiny view layer. h() describes an element; render() makes the page match a description and
// keeps focus, caret and typed text where the description did not change them. Text is always set
// as text: nothing here can turn foreign words into markup.

import { rememberFocus } from "./focus.js";

const SVG = "http://www.w3.org/2000/svg";
const LIVE = new Set(["value", "checked", "selected"]); // what the person changes behind our back
const HOOKS = new Set(["key", "ref", "gone"]);

/** Describe an element. `props.key` identifies it among its siblings, `on…` are listeners,
 * `ref(el)` runs once it is in the page, `gone(el)` just before it leaves. */
export function h(tag, props, ...kids) {
  return { tag, props: props ?? {}, key: props?.key, kids: kids.flatMap(child), el: null };
}

/** Make `root` show `view` (a description, a list of them, or nothing). */
export function render(root, view) {
  const mounted = [];
  const next = [view].flatMap(child);
  const giveBack = rememberFocus(); // moving an element takes the focus from it
  patchKids(root, root.drawn ?? [], next, root.namespaceURI === SVG, mounted);
  giveBack();
  root.drawn = next;
  for (const { vnode } of mounted) vnode.props.ref(vnode.el);
}

/** An unkeyed `null` keeps its place, so that a part that comes and goes disturbs no neighbour. */
function child(one) {
  if (Array.isArray(one)) return one.flatMap(child);
  if (one === null || one === undefined || typeof one === "boolean") return [null];
  return typeof one === "object" ? [one] : [{ text: String(one), el: null }];
}

function patchKids(parent, old, next, svg, mounted) {
  const keyed = new Map();
  const loose = [];
  for (const vnode of old) {
    if (vnode?.key === undefined) loose.push(vnode);
    else keyed.set(vnode.key, vnode);
  }
  const used = new Set();
  let place = 0;
  const plan = next.map((vnode) => {
    const before = vnode?.key === undefined ? loose[place++] : keyed.get(vnode.key);
    const same = vnode && before && vnode.tag === before.tag && !used.has(before);
    if (same) used.add(before);
    return [vnode, same ? before : null];
  });
  for (const vnode of old) if (vnode && !used.has(vnode)) remove(vnode);
  let at = parent.firstChild;
  for (const [vnode, before] of plan) {
    if (!vnode) continue;
    if (before) patch(vnode, before, svg, mounted);
    else create(vnode, svg, mounted);
    if (vnode.el === at) at = at.nextSibling;
    else parent.insertBefore(vnode.el, at);
  }
}

function create(vnode, svg, mounted) {
  if (vnode.tag === undefined) {
    vnode.el = document.createTextNode(vnode.text);
    return;
  }
  const drawing = svg || vnode.tag === "svg";
  vnode.el = drawing ? document.createElementNS(SVG, vnode.tag) : document.createElement(vnode.tag);
  fill(vnode, {}, [], drawing, mounted);
  if (vnode.props.ref) mounted.push({ vnode });
}

function patch(vnode, before, svg, mounted) {
  vnode.el = before.el;
  if (vnode.tag === undefined) {
    if (vnode.text !== before.text) vnode.el.data = vnode.text;
    return;
  }
  fill(vnode, before.props, before.kids, svg || vnode.tag === "svg", mounted);
}

/** Attributes, then children, then what depends on children (a select's value). */
function fill({ el, props, kids }, old, oldKids, svg, mounted) {
  for (const name in old) if (!(name in props)) assign(el, name, undefined, old[name]);
  for (const name in props) if (!LIVE.has(name)) assign(el, name, props[name], old[name]);
  patchKids(el, oldKids, kids, svg, mounted);
  for (const name of LIVE) {
    if (name in props && props[name] !== old[name] && el[name] !== props[name]) {
      el[name] = props[name] ?? "";
    }
  }
}

function assign(el, name, value, old) {
  if (HOOKS.has(name) || value === old) return;
  if (name.startsWith("on")) listen(el, name.slice(2), value);
  else if (name.startsWith("aria-") || name.startsWith("data-")) set(el, name, value);
  else set(el, name, value === false ? undefined : value === true ? "" : value);
}

function set(el, name, value) {
  if (value === undefined || value === null) el.removeAttribute(name);
  else el.setAttribute(name, String(value));
}

function listen(el, type, handler) {
  el.heard ??= {};
  if (!(type in el.heard)) el.addEventListener(type, (event) => el.heard[type]?.(event));
  el.heard[type] = handler;
}

function remove(vnode) {
  leave(vnode);
  vnode.el.remove();
}

function leave(vnode) {
  vnode.props?.gone?.(vnode.el);
  for (const kid of vnode.kids ?? []) if (kid) leave(kid);
}
