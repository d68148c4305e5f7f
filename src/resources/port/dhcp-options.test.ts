import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestError } from '../../errors/index.ts';
import { checkDhcpOptions } from './dhcp-options.ts';

const option = (opt_name: string, opt_value: string | null, ip_version: 4 | 6 = 6) => ({
  opt_name,
  opt_value,
  ip_version,
});

test('options that can be sent are taken, and those of IPv4 as they are', () => {
  checkDhcpOptions({
    extra_dhcp_opts: [
      option('dns-server', '2001:db8::53'),
      option('option6:59', 'http://[2001:db8::1]/boot'),
      option('server-ip-address', '192.0.2.1', 4),
      option('ntp-server', null),
    ],
  });
  checkDhcpOptions({});
});

test('others are refused, by name', () => {
  const refused = (options: ReturnType<typeof option>[], message: RegExp) =>
    assert.throws(
      () => checkDhcpOptions({ extra_dhcp_opts: options }),
      (error) => error instanceof RequestError && error.status === 400 && message.test(error.message),
    );
  refused(
    [option('dns-server', '::1'), option('router', 'fe80::1')],
    /extra_dhcp_opts\[1\].*'router' is no DHCPv6 option/,
  );
  refused([option('dns-server', '192.0.2.1')], /extra_dhcp_opts\[0\].*'192.0.2.1' is not an IPv6 address/);
});
