// As much XML as the authority's API has: elements without attributes, text, five entities. Strict, so that what it reads is
// what was signed: where an element has children, nothing stands between them.

export interface Element {
  name: string;
  children: Element[];
  /** Of an element without children. */
  text: string;
  /** The element as it stands in the document. */
  source: string;
}

export class XmlError extends Error {}

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** The document's only element. Throws XmlError. */
export const parseXml = (document: string): Element => {
  const xml = document.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\s*/, "");
  const { element, end } = readElement(xml, 0);
  if (end !== xml.length) throw new XmlError("something follows the document's element");
  return element;
};

const readElement = (xml: string, start: number): { element: Element; end: number } => {
  const [opening, name] = /^<([A-Z]+)>/.exec(xml.slice(start, start + 64)) ?? [];
  if (!opening || !name) throw new XmlError(`no element at ${start}`);
  const closing = `</${name}>`;
  const children: Element[] = [];
  let at = start + opening.length;
  while (xml.startsWith("<", at) && !xml.startsWith(closing, at)) {
    const child = readElement(xml, at);
    children.push(child.element);
    at = child.end;
  }
  const next = xml.indexOf("<", at);
  const raw = xml.slice(at, next === -1 ? xml.length : next);
  if (next === -1 || !xml.startsWith(closing, next)) throw new XmlError(`<${name}> is not closed`);
  if (children.length > 0 && raw !== "") throw new XmlError(`text between the elements of <${name}>`);
  const end = next + closing.length;
  return { element: { name, children, text: decode(raw), source: xml.slice(start, end) }, end };
};

const decode = (raw: string): string => {
  if (/&(?!(amp|lt|gt|quot|apos);)/.test(raw) || raw.includes(">")) throw new XmlError("a character is not escaped");
  return raw.replaceAll(/&(\w+);/g, (_, entity: string) => ENTITIES[entity]!);
};

/** The children's names in their order, as one text. */
export const shapeOf = (element: Element): string => element.children.map(({ name }) => name).join(" ");

/** The text of the one child of this name. Throws XmlError when there is another number of them. */
export const textOf = (element: Element, name: string): string => childOf(element, name).text;

export const childOf = (element: Element, name: string): Element => {
  const found = element.children.filter((child) => child.name === name);
  if (found.length !== 1) throw new XmlError(`<${element.name}> has ${found.length} <${name}>`);
  return found[0]!;
};
