// What the pages of a vote share: finding their parts, asking the server.
import encodeQR from "qr";

export const one = <T extends HTMLElement = HTMLElement>(selector: string, within: ParentNode = document): T => {
  const found = within.querySelector<T>(selector);
  if (!found) throw new Error("the page has no " + selector);
  return found;
};

export const all = <T extends HTMLElement = HTMLElement>(selector: string, within: ParentNode = document): T[] =>
  Array.from(within.querySelectorAll<T>(selector));

/** Puts args into "{name}" of a text that the server has translated. */
export const fill = (text: string, args: Record<string, string | number>): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => String(args[name] ?? whole));

export function element(tag: string, className = "", text = ""): HTMLElement {
  const e = document.createElement(tag);
  e.className = className;
  e.textContent = text;
  return e;
}

/** A QR code as an image that styles and policies leave alone. */
export function qrImage(text: string, label: string): HTMLImageElement {
  const img = document.createElement("img");
  img.className = "vote-qr";
  img.alt = label;
  img.src = "data:image/svg+xml," + encodeURIComponent(encodeQR(text, "svg", { ecc: "medium", border: 4 }));
  return img;
}

/** An answer of the server, or what it says is wrong. */
export interface Answer<T> {
  ok?: T;
  status: number; // 0: there was no answer
  message: string;
}

export async function ask<T>(url: string, form?: Record<string, string>): Promise<Answer<T>> {
  let res: Response;
  try {
    res = await fetch(url, {
      method: form ? "POST" : "GET",
      headers: { Accept: "application/json" },
      body: form && new URLSearchParams(form),
      credentials: "same-origin",
      cache: "no-store",
    });
  } catch {
    return { status: 0, message: "" };
  }
  try {
    const body = (await res.json()) as T & { message?: string };
    return res.ok ? { ok: body, status: res.status, message: "" } : { status: res.status, message: body.message ?? "" };
  } catch {
    return { status: 0, message: "" }; // cut off on the way
  }
}

export const base64 = (b: Uint8Array): string => btoa(Array.from(b, (x) => String.fromCharCode(x)).join(""));
export const fromBase64 = (s: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(s), (c) => c.charCodeAt(0));
