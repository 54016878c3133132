// Elements are made here and nowhere else: from names this code knows, with text as text. No markup is ever parsed.

/** Return an element. Attributes named on... are listeners; true stands for an attribute without a value, null and false for none. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false && value !== undefined) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Say something to screen readers, once. */
export function announce(words) {
  const region = byId("announce");
  region.textContent = "";
  requestAnimationFrame(() => { region.textContent = words; });
}

/** Copy a text, and say on the button whether that worked. */
export async function copy(button, text) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not copied: this browser does not allow it";
  }
  announce(button.textContent);
  setTimeout(() => { button.textContent = label; }, 1600);
}
