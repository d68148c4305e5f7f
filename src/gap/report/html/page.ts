/** A page that stands alone: a file, without scripts, that asks for nothing. */
import { markupText } from '../markup.ts';
import { PAGE_STYLE } from './style.ts';

/** Nothing is loaded and nothing is run, whatever a cloud's answers hold. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

/**
 * @param title text
 * @param body markup
 */
export const htmlPage = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="sextant gap">
<title>${markupText(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`;

/** Sentences as a list; nothing when there are none. */
export const sentenceList = (sentences: readonly string[]): string =>
  sentences.length === 0
    ? ''
    : `<ul>${sentences.map((sentence) => `<li>${markupText(sentence)}</li>`).join('')}</ul>`;

/** A verdict in its colour. */
export const verdictMarkup = (verdict: string): string =>
  `<span class="verdict ${verdict}">${markupText(verdict)}</span>`;
