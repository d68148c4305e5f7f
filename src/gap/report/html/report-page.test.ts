import assert from 'node:assert/strict';
import { test } from 'node:test';
import { captureOf, HOSTILE, hostileReport, reportOf, rowOf } from '../../../../test/support/gap-reports.ts';
import { encodePcap } from '../../../lab/index.ts';
import type { Topology } from '../../kit/index.ts';
import { markupText } from '../markup.ts';
import { renderHtml } from './report-page.ts';
import { topologyDrawing } from './topology-drawing.ts';

const EMPTY_ELEMENTS = new Set(['meta', 'br', 'img', 'link']);

/** The elements of a page, as it must be for them to be well nested. @throws when they are not */
function elementsOf(page: string): { name: string; attributes: string }[] {
  const open: string[] = [];
  const found: { name: string; attributes: string }[] = [];
  const withoutStyle = page.replace(/<style>[^<]*<\/style>/, '').replace('<!doctype html>', '');
  for (const [, end, name = '', attributes = '', self] of withoutStyle.matchAll(
    /<(\/?)([a-z][a-z0-9]*)((?:\s[\w-]+(?:="[^"<>]*")?)*)\s*(\/?)>/g,
  )) {
    if (end) assert.equal(open.pop(), name);
    else {
      found.push({ name, attributes });
      if (!self && !EMPTY_ELEMENTS.has(name)) open.push(name);
    }
  }
  assert.deepEqual(open, []);
  const rest = withoutStyle.replace(/<(\/?)([a-z][a-z0-9]*)((?:\s[\w-]+(?:="[^"<>]*")?)*)\s*(\/?)>/g, '');
  assert.doesNotMatch(rest, /[<>]/);
  return found;
}

const page = renderHtml(hostileReport);

test('the page is well formed, and nothing of a cloud is taken for markup', () => {
  const names = new Set(elementsOf(page).map(({ name }) => name));
  assert.ok(!names.has('script') && !names.has('img'));
  assert.ok(page.includes(markupText(HOSTILE)));
  assert.ok(!page.includes(HOSTILE));
  assert.ok(!page.includes('\u001b'));
});

test('the page asks for nothing: what it refers to is in it', () => {
  for (const { attributes } of elementsOf(page)) {
    for (const [, , value] of attributes.matchAll(/\b(href|src|srcset|action|data)="([^"]*)"/g)) {
      assert.match(value ?? '', /^data:application\/vnd\.tcpdump\.pcap;base64,/);
    }
  }
  assert.match(
    page,
    /http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/,
  );
  assert.doesNotMatch(page, /@import|url\(/);
});

test('every row and all of its evidence is there, with what was expected and seen', () => {
  for (const row of hostileReport.cases) {
    assert.ok(page.includes(`id="${row.id}"`), row.id);
    for (const text of row.evidence.flatMap(({ what, expected, seen }) => [what, expected, seen])) {
      assert.ok(page.includes(`>${markupText(text)}</td>`), text);
    }
  }
});

test('frames open to trees, and are a file to download', () => {
  const [evidence] = hostileReport.cases[0]!.evidence.slice(1);
  assert.match(page, /<summary>Frames: 3</);
  assert.match(
    page,
    /received fa:16:3e:00:00:01 &gt; fa:16:3e:00:00:01 2001:db8::1 &gt; 2001:db8::2 icmpv6 echo-request 2/,
  );
  assert.match(page, /<b>ICMPv6 echo-request<\/b>/);
  assert.match(page, /No frame was captured/);
  const base64 = /download="v6-only-2\.pcap" href="data:[^,]*,([^"]*)"/.exec(page)?.[1];
  const times = evidence!.capture!.frames.map(({ time, octets }) => {
    return { time: BigInt(time.replace('.', '')), octets: Uint8Array.fromBase64(octets) };
  });
  assert.deepEqual(Buffer.from(base64 ?? '', 'base64'), encodePcap(times));
});

test('repetitions are told', () => {
  const evidence = { what: 'a', expected: 'b', seen: 'c', ok: true, capture: captureOf(1, 1, 1) };
  assert.match(
    renderHtml(reportOf(rowOf({ evidence: [evidence] }))),
    /Frames: 1 of 3, the first without repetitions/,
  );
});

test('for `no` and `partial` it says what would have to change, and in whose software', () => {
  const failed = {
    what: 'a rogue advertisement',
    expected: 'none',
    seen: '1 arrives',
    ok: false,
    core: true,
  };
  const row = rowOf({ id: 'rogue-ra', verdict: 'no', evidence: [failed] });
  const told = /What would have to change.*a rogue advertisement: expected none, saw 1 arrives/s;
  assert.match(renderHtml(reportOf(row)), told);
  assert.match(renderHtml(reportOf(row)), /In whose software: The firewall driver or port security/);
  assert.match(renderHtml(reportOf({ ...row, claimed: 'yes' })), /In whose software: Sextant\./);
  assert.doesNotMatch(renderHtml(reportOf(rowOf())), /would have to change/);
});

test('what could not be tried is no shortcoming', () => {
  const missing = ['There is no switch.'];
  const unverified = renderHtml(reportOf(rowOf({ verdict: 'unverified', missing })));
  assert.match(unverified, /What could not be tried<\/h3><ul><li>There is no switch/);
  assert.doesNotMatch(unverified, /would have to change/);
});

test('a drawing has each network that something is on, and a dot for each attachment', () => {
  const drawing = topologyDrawing(hostileReport.cases[0]!.topology!);
  elementsOf(drawing);
  assert.equal(drawing.match(/class="bar"/g)?.length, 2);
  assert.equal(drawing.match(/class="dot"/g)?.length, 4);
  assert.equal(drawing.match(/<rect /g)?.length, 4);
  assert.match(drawing, /aria-label="2 networks, 1 router, 3 instances"/);
  assert.match(drawing, /two, outside/);
});

test('instances of one name share a box', () => {
  const one = { name: 'victim', interfaces: [{ network: 0, addresses: ['fd06::1'] }] };
  const network = { name: 'lone', subnets: [] };
  const drawing = topologyDrawing({ networks: [network], routers: [], instances: [one, one] });
  assert.match(drawing, /<title>fd06::1, fd06::1<\/title>.*victim \u00d7 2/);
  assert.equal(drawing.match(/<rect /g)?.length, 1);
});

test('nothing is drawn of networks with nothing on them; many routers make it wider', () => {
  const network = { name: 'lone', subnets: [] };
  assert.equal(topologyDrawing({ networks: [network], routers: [], instances: [] }), '');
  const routers = Array.from({ length: 30 }, (_, index) => ({ name: `r${index}`, networks: [0, 1] }));
  const wide: Topology = { networks: [network, network], routers, instances: [] };
  assert.match(topologyDrawing(wide), /viewBox="0 0 726 /);
});
