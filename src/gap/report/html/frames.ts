/** Captured frames in a page: each a line that opens to a tree, and all of them as a pcap file to download. */
import { decodeFrame, describeFrame, type FrameNode, frameTree } from '../../../packets/index.ts';
import { type KeptFrame, type KeptFrames, pcapOfKept } from '../../kit/index.ts';
import { markupText } from '../markup.ts';

/** @param file name of the download */
export function framesMarkup({ frames, more }: KeptFrames, file: string): string {
  if (frames.length === 0) return '<p class="soft">No frame was captured.</p>';
  const pcap = pcapOfKept(frames).toString('base64');
  const count =
    more === 0 ? frames.length : `${frames.length} of ${frames.length + more}, the first without repetitions`;
  const start = Number(frames[0]!.time);
  return `<details class="frames"><summary>Frames: ${count}</summary>
<p><a class="download" download="${markupText(file)}" href="data:application/vnd.tcpdump.pcap;base64,${pcap}">pcap</a></p>
${frames.map((frame) => frameMarkup(frame, start)).join('\n')}
</details>`;
}

function frameMarkup({ time, way, octets }: KeptFrame, start: number): string {
  const frame = decodeFrame(Uint8Array.fromBase64(octets));
  const line = `+${(Number(time) - start).toFixed(3)} s ${way} ${describeFrame(frame)}`;
  return `<details class="frame"><summary>${markupText(line)}</summary>${nodesMarkup(frameTree(frame))}</details>`;
}

const nodesMarkup = (nodes: readonly FrameNode[]): string =>
  `<ul class="tree">${nodes.map((node) => `<li>${nodeMarkup(node)}</li>`).join('')}</ul>`;

function nodeMarkup({ name, value, children }: FrameNode): string {
  if (value !== undefined) {
    return `<span class="soft">${markupText(name)}</span> <span class="octets">${markupText(value)}</span>`;
  }
  return `<b>${markupText(name)}</b>${children.length === 0 ? '' : nodesMarkup(children)}`;
}
