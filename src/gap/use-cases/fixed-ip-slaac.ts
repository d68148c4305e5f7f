/** A chosen address on a subnet whose instances form their own. */
import {
  type Address,
  eui64Address,
  linkLocalAddress,
  Mac,
  Prefix,
  SERVICE_LINK_LOCAL,
} from '../../addressing/index.ts';
import type { Answered } from '../../client/index.ts';
import type { InstanceInterface } from '../../lab/index.ts';
import {
  addressAppears,
  apiRefuses,
  type Carrier,
  configured,
  defineUseCase,
  describeAddresses,
  ipv6Of,
  madeUnlessRefused,
  metadataOf,
  pingFails,
  pingPasses,
  type Trial,
} from '../kit/index.ts';

const PREFIX = Prefix.parse('fd11::/64');
const MAC = Mac.parse('fa:16:3e:11:22:33');
/** What SLAAC makes of that MAC, and what it makes of none. */
const EUI64 = eui64Address(PREFIX, MAC);
const TOKEN = PREFIX.at(0x42n);
/** Where metadata does not tell it, whoever runs the instance does. */
const TOKEN_ALONE = '::42';

export const fixedIpSlaacUseCase = defineUseCase({
  id: 'fixed-ip-slaac',
  title: 'A chosen address on a SLAAC or DHCPv6 stateless subnet',
  claim: 'yes',
  missing: [],
  async gather(trial) {
    const networks = [
      ['slaac', 'tenant'],
      ['dhcpv6-stateless', 'tenant'],
      ['slaac', 'vlan'],
    ] as const;
    await trial.each(networks, async (part, [mode, carrier]) => {
      const running = await start(part, mode, carrier);
      if (running !== undefined) await tryAddresses(part, running);
    });
  },
});

interface Running {
  readonly where: string;
  /** Tries to have another port with an address. */
  choose(address: Address): Promise<Answered<'port'>>;
  readonly eui64: { readonly port: Answered<'port'>; readonly device: InstanceInterface };
  /** `network` is what metadata tells it of its address. */
  readonly token: {
    readonly port: Answered<'port'>;
    readonly device: InstanceInterface;
    readonly network: NetworkTold;
  };
  readonly plain: InstanceInterface;
}

/** @returns undefined when the API takes no chosen address */
async function start(
  trial: Trial,
  mode: 'slaac' | 'dhcpv6-stateless',
  carrier: Carrier,
): Promise<Running | undefined> {
  const tenant = trial.tenant(`${mode}-${carrier}`);
  const network = await tenant.network('network', carrier);
  const subnet = await tenant.subnet6(network, PREFIX.toString(), mode);
  await tenant.router('router', [subnet]);
  const choose = (address: Address) =>
    tenant.port(network, { fixed_ips: [{ ip_address: address.toString() }] });
  const where = `${mode}, ${carrier === 'vlan' ? 'VLAN' : 'tenant'} network`;
  const asked = await Promise.all(
    [EUI64, TOKEN].map((address) => {
      const what = `${where}: a port with ${address} is asked for`;
      return madeUnlessRefused(trial, { what, core: true }, () => choose(address));
    }),
  );
  const [eui64, token] = asked;
  if (eui64 === undefined || token === undefined) return undefined;
  const plain = await tenant.port(network);
  const boot = async (name: string, port: Answered<'port'>): Promise<InstanceInterface> =>
    (await trial.instance(name, port)).interface('eth0');
  const devices = await Promise.all([boot('eui64', eui64), boot('plain', plain)]);
  const told = await bootWithToken(trial, token);
  await configured([devices[1], ipv6Of(plain)]);
  return {
    where,
    choose,
    eui64: { port: eui64, device: devices[0] },
    token: { port: token, ...told },
    plain: devices[1],
  };
}

/** What of network_data.json is about an address. */
interface NetworkTold {
  readonly type?: string;
  readonly ip_address?: string;
  readonly ipv6_token?: string;
}

/** Boots an instance that asks for its token before it listens to advertisements, by its link-local address. */
async function bootWithToken(
  trial: Trial,
  port: Answered<'port'>,
): Promise<{ device: InstanceInterface; network: NetworkTold }> {
  const instance = await trial.bareInstance('token', port);
  const device = instance.interface('eth0');
  device.setIpv6('accept_ra', 0);
  device.up();
  await configured([device, linkLocalAddress(Mac.parse(port.mac_address))]);
  const path = '/openstack/latest/network_data.json';
  const text = await metadataOf(device, SERVICE_LINK_LOCAL, path);
  const { networks: [network = {}] = [] } = JSON.parse(text || '{}') as { networks?: NetworkTold[] };
  device.setIpv6('accept_ra', 1);
  const { ipv6_token: token = TOKEN_ALONE } = network;
  await instance.run('ip', 'token', 'set', token, 'dev', 'eth0');
  return { device, network };
}

async function tryAddresses(trial: Trial, { where, choose, eui64, token, plain }: Running): Promise<void> {
  const core = true;
  trial.show({
    what: `${where}: MAC of a port that asked for ${EUI64}`,
    expected: `${MAC}`,
    seen: eui64.port.mac_address,
    ok: eui64.port.mac_address === MAC.toString(),
    core,
  });
  trial.show(await addressAppears({ what: `${where}: SLAAC yields it`, core }, eui64.device, EUI64));
  trial.show(await pingPasses({ what: `${where}: it is reached`, core }, plain.instance, EUI64));
  const { type, ip_address, ipv6_token } = token.network;
  if (trial.isSextant)
    trial.show({
      what: `${where}: what metadata tells the port that asked for ${TOKEN}`,
      expected: `${TOKEN}, token ::42`,
      seen: `${ip_address}, token ${ipv6_token}`,
      ok: ip_address === TOKEN.toString() && ipv6_token === '::42',
      core,
    });
  if (trial.isSextant)
    trial.show({
      what: `${where}: how cloud-init is to give it that address`,
      expected: 'ipv6 (a static one)',
      seen: type ?? 'nothing',
      ok: type === 'ipv6',
    });
  trial.show(
    await addressAppears(
      { what: `${where}: the token yields ${TOKEN}, asked for by another`, core },
      token.device,
      TOKEN,
    ),
  );
  trial.show(
    await pingPasses(
      { what: `${where}: anti-spoofing lets it through`, core },
      token.device.instance,
      ipv6At(plain),
      {
        source: TOKEN,
      },
    ),
  );
  trial.show({
    what: `${where}: addresses of that port in the API and on the instance`,
    expected: `${TOKEN} alone`,
    seen: `${token.port.fixed_ips.map(({ ip_address }) => ip_address).join(' ')}, ${describeAddresses(token.device)}`,
    ok: token.port.fixed_ips.length === 1 && token.device.usable(6).length === 1,
  });
  await token.device.instance.run('ip', 'address', 'add', `${EUI64}/64`, 'dev', 'eth0', 'nodad');
  trial.show(
    await pingFails(
      { what: `${where}: the same instance with ${EUI64}, which is another’s` },
      token.device.instance,
      ipv6At(plain),
      { source: EUI64 },
    ),
  );
  trial.show(
    await apiRefuses({ what: `${where}: a third port asks for ${TOKEN}` }, () => choose(TOKEN), 409),
  );
}

const ipv6At = (device: InstanceInterface): Address => device.usable(6)[0]!;
