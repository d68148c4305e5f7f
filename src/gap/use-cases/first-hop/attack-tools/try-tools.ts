/** Programs for attacks as evidence: behind the guard they get nowhere, and past it they do. */
import { type Evidence, isInstalled, pingPasses, type Trial } from '../../../kit/index.ts';
import { type Player, type Stage, setStage } from './attack-stage.ts';
import { type AttackTool, PACKAGES, type Wrong } from './attack-tool.ts';
import { programOf } from './tool-programs.ts';
import { runTool, type ToolRun } from './tool-run.ts';
import { harms, meet, recover } from './victim-harms.ts';
import { whileWitnessed } from './witness.ts';

/** Programs that run side by side behind the guard. */
const LANES = 3;
/** Milliseconds that a program runs behind the guard; longer when it sent nothing in that time. */
const GUARDED_MS = [700, 3_000] as const;
/** The same for one that floods: others share the machine. */
const FLOOD_MS = [350, 3_000] as const;
/** Milliseconds that it runs past the guard, until it does what it is meant to. */
const UNGUARDED_MS = [250, 1_000, 3_000] as const;
/** Frames that may arrive of what is right, but too much: at once, and for each second. */
const ALLOWED: Partial<Record<Wrong, { burst: number; perSecond: number }>> = {
  'discovery-excess': { burst: 250, perSecond: 125 },
  'dhcp-excess': { burst: 30, perSecond: 15 },
  'resolution-excess': { burst: 250, perSecond: 250 },
};

/**
 * Runs programs from an instance against its neighbours, on one network behind the guard and on another past it.
 * Of those that are not installed nothing is known, and the row says so.
 */
export async function tryTools(trial: Trial, tools: readonly AttackTool[]): Promise<void> {
  // How much of what is right may arrive is a limit of Sextant's.
  if (!trial.isSextant) {
    trial.leaveOut('programs for attacks, and floods.');
    return;
  }
  const missing = new Set(tools.map(programOf).filter((program) => !isInstalled(program)));
  const here = tools.filter((tool) => !missing.has(programOf(tool)));
  if (missing.size > 0) {
    trial.couldNotTry(`Programs of ${PACKAGES} that are not installed here: ${[...missing].join(', ')}.`);
  }
  if (here.length === 0) return;
  const [protectedStage, openStage] = await Promise.all([
    setStage(trial, 'guarded', LANES),
    setStage(trial, 'past the guard', 1),
  ]);
  // One after the other: a flood past the guard keeps the whole switch busy, and that is not what the guard is to blame for.
  const guarded = await behindTheGuard(trial, protectedStage, here);
  const unguarded = await pastTheGuard(openStage, here);
  for (const tool of here) trial.show(outcome(tool, guarded.runs.get(tool)!, unguarded.runs.get(tool)!));
  for (const evidence of [...guarded.evidence, ...unguarded.evidence]) trial.show(evidence);
}

/** What is expected of the same program there. */
const PAST_THE_GUARD: Readonly<Record<Wrong, string>> = {
  imposture: 'something does',
  'discovery-excess': 'more do',
  'dhcp-excess': 'more do',
  'resolution-excess': 'no more, for routers have the limit',
  malice: 'it is heard',
};

interface ToolRuns {
  readonly runs: ReadonlyMap<AttackTool, ToolRun>;
  readonly evidence: readonly Evidence[];
}

async function behindTheGuard(trial: Trial, stage: Stage, tools: readonly AttackTool[]): Promise<ToolRuns> {
  const capture = trial.capture(stage.witness.device);
  const mtu = stage.victim.device.ipv6Mtu();
  await meet(stage);
  const runs = new Map<AttackTool, ToolRun>();
  const { floods = [], others: quiet = [] } = Object.groupBy(tools, (tool) =>
    tool.floods ? 'floods' : 'others',
  );
  const queue = quiet.values();
  const work = async (attacker: Player, list: Iterable<AttackTool>): Promise<void> => {
    for (const tool of list) {
      const lengths = tool.floods ? FLOOD_MS : GUARDED_MS;
      runs.set(tool, await runUntil(tool, stage, attacker, lengths, ({ sent }) => sent > 0));
    }
  };
  const others = await whileWitnessed(stage, capture, async () => {
    await Promise.all(
      stage.attackers.map(async (attacker, index) => {
        if (index === 0) await work(attacker, floods); // one at a time
        await work(attacker, queue);
      }),
    );
  });
  const newcomer = await stage.boot('newcomer');
  const started = await pingPasses(
    { what: 'ping from an instance that starts after all of these', core: true },
    newcomer.instance,
    stage.bystander.address,
  );
  await meet(stage);
  const found = harms(stage, mtu);
  const what = "the victim's addresses, routes, MTU and neighbours after all of these";
  const seen = found.join(', ') || 'as before';
  const victim: Evidence = { what, expected: 'as before', seen, ok: found.length === 0, core: true };
  return {
    runs,
    evidence: [...others, started, { ...victim, ...(await trial.pcap(stage.capture, 'tools-victim')) }],
  };
}

async function pastTheGuard(stage: Stage, tools: readonly AttackTool[]): Promise<ToolRuns> {
  const mtu = stage.victim.device.ipv6Mtu();
  await meet(stage);
  const runs = new Map<AttackTool, ToolRun>();
  const found = new Set<string>();
  for (const tool of tools) {
    runs.set(tool, await runUntil(tool, stage, stage.attackers[0]!, UNGUARDED_MS, (one) => works(tool, one)));
    for (const harm of harms(stage, mtu)) found.add(harm);
    await recover(stage);
  }
  const [first = 'nothing', ...others] = found;
  const seen = others.length > 0 ? `${first}, and ${others.length} more` : first;
  const what = 'the same past the guard, at another victim: what became of it';
  return { runs, evidence: [{ what, expected: 'harm', seen, ok: found.size > 0 }] };
}

async function runUntil(
  tool: AttackTool,
  stage: Stage,
  attacker: Player,
  lengths: readonly number[],
  test: (run: ToolRun) => boolean,
): Promise<ToolRun> {
  let last: ToolRun | undefined;
  for (const milliseconds of lengths) {
    last = await runTool(tool, stage, attacker, milliseconds);
    if (test(last)) break;
  }
  return last!;
}

const allowed = ({ wrong }: AttackTool, { milliseconds }: ToolRun): number | undefined => {
  const limit = ALLOWED[wrong];
  return limit && limit.burst + (limit.perSecond * milliseconds) / 1_000;
};

/** Whether a run did what the program is meant for: past the guard all do. */
function works(tool: AttackTool, one: ToolRun): boolean {
  const limit = allowed(tool, one);
  if (tool.wrong === 'resolution-excess') return one.sent > 2 * limit!;
  if (limit !== undefined) return one.arrived > limit;
  return tool.wrong === 'malice' ? one.arrived > 1 : one.offences.size > 0;
}

function outcome(tool: AttackTool, guarded: ToolRun, unguarded: ToolRun): Evidence {
  const limit = allowed(tool, guarded);
  const isHarmless = guarded.offences.size === 0 && (limit === undefined || guarded.arrived <= limit);
  const [what, there, here] =
    limit === undefined
      ? ['nothing wrong arrives', count(guarded), count(unguarded)]
      : [`${Math.floor(limit)} frames arrive at most`, guarded.arrived, unguarded.arrived];
  return {
    what: `${tool.name}: ${tool.attack}`,
    expected: `${what}, past the guard ${PAST_THE_GUARD[tool.wrong]}`,
    seen: `${guarded.sent} sent, ${there}; past the guard ${here}${guarded.followed ? '' : '; what was sent after it is lost'}`,
    ok: guarded.sent > 0 && guarded.followed && isHarmless && works(tool, unguarded),
    core: true,
  };
}

/** What was wrong, and how often. */
function count({ offences, arrived }: ToolRun): string {
  const list = [...offences].map(([what, times]) => `${times} x ${what}`);
  return list.join(', ') || `nothing wrong among ${arrived}`;
}
