/**
 * The drawing of a topology: networks are bars, one beneath the other, with what is on them alone below. What
 * is on several networks, such as a router, has a box above and a line down to each of them, with a dot where it
 * is attached.
 */
import type { DrawnNetwork, Topology } from '../../kit/index.ts';
import { markupText } from '../markup.ts';
import { wrapText } from '../plain-text.ts';

/** All in the units of the drawing, of which a phone shows this width. */
const NARROWEST = 340;
/** For what stands beside the lines down. */
const ROOM = 240;
const RAIL = 16;
const BOX_HEIGHT = 18;
const LINE_HEIGHT = 14;
const CHARACTER = 6.7;
const GAP = 6;
/** In pixels, where there is room. */
const MAGNIFIED = 1.4;

/** Routers are told by their round ends. */
const ROUNDING: Readonly<Record<DrawnStation['look'], number>> = {
  router: BOX_HEIGHT / 2,
  usual: 3,
  unusual: 3,
};

/** A router or an instance. */
interface DrawnStation {
  readonly label: string;
  /** How its box looks. */
  readonly look: 'router' | 'usual' | 'unusual';
  readonly addresses: readonly string[];
  readonly networks: ReadonlySet<number>;
}

/** The drawing as SVG; nothing when there is no network with anything on it. */
export function topologyDrawing(topology: Topology): string {
  const stations = stationsOf(topology);
  const joints = stations.filter(({ networks }) => networks.size > 1);
  const lone = stations.filter(({ networks }) => networks.size === 1);
  const shown = topology.networks
    .map((network, index) => ({ network, index }))
    .filter(({ index }) => stations.some(({ networks }) => networks.has(index)));
  if (shown.length === 0) return '';
  const left = joints.length * RAIL + GAP;
  const width = Math.max(NARROWEST, left + ROOM);
  const parts: string[] = [];
  let y = joints.length * (BOX_HEIGHT + GAP) + GAP;
  const dots = new Map<DrawnStation, number[]>(joints.map((joint) => [joint, []]));
  for (const { network, index } of shown) {
    for (const line of wrapText(captionOf(network), Math.floor((width - left) / CHARACTER))) {
      parts.push(`<text x="${left}" y="${y + 10}">${markupText(line)}</text>`);
      y += LINE_HEIGHT;
    }
    y += 3;
    parts.push(`<line class="bar" x1="${left - GAP}" x2="${width}" y1="${y}" y2="${y}"/>`);
    for (const joint of joints) if (joint.networks.has(index)) dots.get(joint)!.push(y);
    y += GAP;
    const here = lone.filter(({ networks }) => networks.has(index));
    const row = rowOfBoxes(together(here), { left, top: y, right: width });
    parts.push(...row.parts);
    y = row.y + GAP * 2;
  }
  const rails = joints.flatMap((joint, index) => railOf(joint, index, dots.get(joint)!, left));
  return `<svg viewBox="0 0 ${width} ${y}" width="${width * MAGNIFIED}" role="img" aria-label="${markupText(inWords(topology))}">
${[...rails, ...parts].join('\n')}
</svg>`;
}

const stationsOf = ({ routers, instances }: Topology): DrawnStation[] => [
  ...routers.map(({ name, networks }): DrawnStation => {
    return { label: name, look: 'router', addresses: [], networks: new Set(networks) };
  }),
  ...instances.map(
    ({ name, place, interfaces }): DrawnStation => ({
      label: place === undefined ? name : `${name}, ${place}`,
      look: place === undefined ? 'usual' : 'unusual',
      addresses: interfaces.flatMap(({ addresses }) => addresses),
      networks: new Set(interfaces.map(({ network }) => network)),
    }),
  ),
];

/** Those of one name, as an instance for each try, in one box. */
const together = (stations: readonly DrawnStation[]): DrawnStation[] =>
  Array.from(
    Map.groupBy(stations, ({ label, look }) => `${look} ${label}`).values(),
    ([first, ...others]): DrawnStation =>
      others.length === 0
        ? first!
        : {
            ...first!,
            label: `${first!.label} \u00d7 ${others.length + 1}`,
            addresses: [first!, ...others].flatMap(({ addresses }) => addresses),
          },
  );

function captionOf({ name, tenant, kind, subnets }: DrawnNetwork): string {
  const owner = tenant === undefined ? name : `${tenant}: ${name}`;
  return [owner, kind && `(${kind})`, subnets.join(', ')].filter(Boolean).join(' ');
}

/** Boxes beside each other, as many as there is room for in a line. */
function rowOfBoxes(
  stations: readonly DrawnStation[],
  { left, top, right }: { readonly left: number; readonly top: number; readonly right: number },
): { parts: string[]; y: number } {
  const parts: string[] = [];
  let [x, y] = [left, top];
  for (const station of stations) {
    const width = boxWidth(station);
    if (x > left && x + width > right) [x, y] = [left, y + BOX_HEIGHT + GAP];
    parts.push(box(x, y, station));
    x += width + GAP;
  }
  return { parts, y: stations.length === 0 ? y : y + BOX_HEIGHT };
}

/** A box above all networks, and the line down from it: each a step lower and further right than the one before. */
function railOf(joint: DrawnStation, index: number, dots: readonly number[], left: number): string[] {
  const x = index * RAIL + RAIL / 2;
  const y = index * (BOX_HEIGHT + GAP) + GAP / 2;
  return [
    `<path class="rail" d="M${x} ${y + BOX_HEIGHT}V${dots.at(-1)}"/>`,
    ...dots.flatMap((at) => [
      `<path class="rail" d="M${x} ${at}H${left}"/>`,
      `<circle class="dot" cx="${x}" cy="${at}" r="3.5"/>`,
    ]),
    box(index * RAIL + 1, y, joint),
  ];
}

function box(x: number, y: number, station: DrawnStation): string {
  const { label, look, addresses } = station;
  const title = addresses.length === 0 ? '' : `<title>${markupText(addresses.join(', '))}</title>`;
  const text = `<text x="${x + 5}" y="${y + BOX_HEIGHT - 5}">${markupText(label)}</text>`;
  return `<g>${title}<rect class="box ${look}" x="${x}" y="${y}" width="${boxWidth(station)}" height="${BOX_HEIGHT}" rx="${ROUNDING[look]}"/>${text}</g>`;
}

const boxWidth = ({ label }: DrawnStation): number => Math.round(label.length * CHARACTER) + 10;

/** For those who do not see it. */
function inWords({ networks, routers, instances }: Topology): string {
  const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;
  return [
    count(networks.length, 'network'),
    count(routers.length, 'router'),
    count(instances.length, 'instance'),
  ].join(', ');
}
