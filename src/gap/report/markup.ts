/** Text in HTML, SVG and XML. */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Control characters that XML 1.0 section 2.2 has not; readers see that something was there. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is about these
const NO_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** Text that is not taken for markup, in content and in attributes, whatever is in it. */
export const markupText = (value: string): string =>
  value
    .toWellFormed()
    .replace(NO_XML, '\ufffd')
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!);
