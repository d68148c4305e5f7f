/** An example for the help text of each command. */

import type { ResourceName } from '../../resources/index.ts';
import { wordsOf } from './lookup.ts';

export type ResourceVerb = 'create' | 'list' | 'show' | 'set' | 'unset' | 'delete';

type Examples = Readonly<Record<ResourceVerb, string>>;

const EXAMPLES: { readonly [N in ResourceName]: Partial<Examples> } = {
  network: {
    create:
      'network create --provider-network-type vlan --provider-segment 42 --provider-physical-network fabric blue',
    list: 'network list --long --external',
    set: 'network set --mtu 1400 blue',
    unset: 'network unset --tag old blue',
  },
  network_segment_range: {
    create:
      'network segment range create --network-type vxlan --minimum 70000 --maximum 79999 --private --project red of-red',
    list: 'network segment range list --network-type vxlan',
    set: 'network segment range set --maximum 89999 of-red',
    unset: 'network segment range unset --description of-red',
  },
  subnet: {
    create:
      'subnet create --network blue --subnet-range 2001:db8:0:1::/64 --ip-version 6 --ipv6-ra-mode slaac --ipv6-address-mode slaac blue-v6',
    list: 'subnet list --network blue --ip-version 6',
    set: 'subnet set --dns-nameserver 2001:db8::53 blue-v6',
    unset: 'subnet unset --gateway blue-v6',
  },
  address_scope: {
    create: 'address scope create --ip-version 6 site',
    list: 'address scope list --ip-version 6',
    set: 'address scope set --name campus site',
    unset: 'address scope unset site',
  },
  subnetpool: {
    create: 'subnet pool create --pool-prefix 2001:db8::/48 --default-prefix-length 64 site',
    list: 'subnet pool list --long',
    set: 'subnet pool set --pool-prefix 2001:db8:1::/48 site',
    unset: 'subnet pool unset --pool-prefix 2001:db8:1::/48 site',
  },
  port: {
    create: 'port create --network blue --fixed-ip subnet=blue-v6,ip-address=2001:db8:0:1::10 web',
    list: 'port list --network blue --long',
    set: 'port set --allowed-address ip-address=2001:db8:0:1::100 web',
    unset: 'port unset --security-group default web',
  },
  policy: {
    create: 'network qos policy create --default gentle',
    list: 'network qos policy list --long',
    set: 'network qos policy set --no-default gentle',
    unset: 'network qos policy unset --tag old gentle',
  },
  trunk: {
    create:
      'network trunk create --parent-port web --subport port=db,segmentation-type=vlan,segmentation-id=7 both',
    list: 'network trunk list --long',
    set: 'network trunk set --subport port=db,segmentation-type=vlan,segmentation-id=7 both',
    unset: 'network trunk unset --subport port=db both',
  },
  address_group: {
    create: 'address group create --address 2001:db8:5::/48 --address 192.0.2.7 partners',
    list: 'address group list -f json',
    set: 'address group set --address 2001:db8:6::1 partners',
    unset: 'address group unset --address 192.0.2.7 partners',
  },
  router: {
    create: 'router create --external-gateway internet edge',
    list: 'router list --name edge',
    set: 'router set --route destination=2001:db8:2::/48,gateway=2001:db8:0:1::2 edge',
    unset: 'router unset --external-gateway edge',
  },
  bgp_speaker: {
    create: 'bgp speaker create --local-as 64512 --ip-version 6 outside',
    list: 'bgp speaker list --long',
    set: 'bgp speaker set --no-advertise-tenant-networks outside',
    unset: 'bgp speaker unset --description outside',
  },
  bgp_peer: {
    create: 'bgp peer create --peer-ip 2001:db8:f::1 --remote-as 64513 --bfd upstream',
    list: 'bgp peer list --long',
    set: 'bgp peer set --name upstream-1 upstream',
    unset: 'bgp peer unset --description upstream',
  },
  ndp_proxy: {
    create: 'router ndp proxy create --router edge --port web web-outside',
    list: 'router ndp proxy list --router edge',
    set: 'router ndp proxy set --name web web-outside',
    unset: 'router ndp proxy unset --description web-outside',
  },
  nptv6_translation: {
    create:
      'router nptv6 create --router edge --subnet-pool outside --internal-prefix fd00:1234:5678::/48 homes',
    list: 'router nptv6 list --router edge',
    set: 'router nptv6 set --name homes2 homes',
    unset: 'router nptv6 unset --description homes',
  },
  floatingip: {
    create: 'floating ip create --port web --subnet internet-v6 internet',
    list: 'floating ip list --long --port web',
    show: 'floating ip show 2001:db8::9',
    set: 'floating ip set --port web2 2001:db8::9',
    unset: 'floating ip unset --port 2001:db8::9',
    delete: 'floating ip delete 2001:db8::9 2001:db8::10',
  },
  security_group: {
    create: 'security group create --description "web servers" web',
    list: 'security group list -f json',
    set: 'security group set --name www web',
    unset: 'security group unset --all-tag web',
  },
  security_group_rule: {
    create: 'security group rule create --protocol tcp --dst-port 443 --remote-ip ::/0 web',
    list: 'security group rule list --ingress web',
    show: 'security group rule show 6f1c0d9e-2c51-4f0b-9df3-2d0f4f1d8e11',
    delete: 'security group rule delete 6f1c0d9e-2c51-4f0b-9df3-2d0f4f1d8e11',
  },
  instance: {
    create: 'instance create --hostname web --property role=front web',
    list: 'instance list --long',
    set: 'instance set --hostname www web',
    unset: 'instance unset --property role web',
  },
  default_security_group_rule: {
    create: 'default security group rule create --protocol ipv6-icmp --icmp-type 128 --for-default-sg',
    list: 'default security group rule list',
    show: 'default security group rule show 6f1c0d9e-2c51-4f0b-9df3-2d0f4f1d8e11',
    delete: 'default security group rule delete 6f1c0d9e-2c51-4f0b-9df3-2d0f4f1d8e11',
  },
  log: {
    create: 'network log create --resource-type security_group --resource web --event DROP dropped',
    list: 'network log list --long',
    set: 'network log set --disable dropped',
    unset: 'network log unset --description dropped',
  },
  anycast_address: {
    create:
      'anycast address create --router edge --address 2001:db8:53::1 --port ns1 --port ns2 --health-check type=tcp,port=53 resolver',
    list: 'anycast address list --long',
    set: 'anycast address set --port ns3 resolver',
    unset: 'anycast address unset --port ns1 resolver',
  },
  agent: {
    list: 'host list --long',
    show: 'host show h1',
    set: 'host set --disable h1',
    delete: 'host delete h1',
    unset: 'host unset --description h1',
  },
  rbac_policy: {
    create:
      'network rbac create --type network --action access_as_shared --target-project red 3fa85f64-5717-4562-b3fc-2c963f66afa6',
    list: 'network rbac list --long --type network',
    set: 'network rbac set --target-project blue 3fa85f64-5717-4562-b3fc-2c963f66afa6',
    unset: 'network rbac unset 3fa85f64-5717-4562-b3fc-2c963f66afa6',
  },
  host_token: {
    create: 'host token create --uses 3 --lifetime 86400',
    list: 'host token list --long',
    show: 'host token show 6f1c0d9e-2c51-4f0b-9df3-2d0f4f1d8e11',
    set: 'host token set --description "rack 7" 6f1c0d9e-2c51-4f0b-9df3-2d0f4f1d8e11',
    unset: 'host token unset --description 6f1c0d9e-2c51-4f0b-9df3-2d0f4f1d8e11',
    delete: 'host token delete 6f1c0d9e-2c51-4f0b-9df3-2d0f4f1d8e11',
  },
};

/** A command line without the leading `sextant`. */
export function exampleOf(resource: ResourceName, verb: ResourceVerb): string {
  const words = wordsOf(resource);
  return EXAMPLES[resource][verb] ?? `${words} ${verb} ${verb === 'delete' ? 'first second' : 'blue'}`;
}
