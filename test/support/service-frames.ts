/** How many frames the services of a network have got. */
import { execFileSync } from 'node:child_process';
import { serviceDevice } from '../../src/host/services/service-namespace.ts';

/**
 * Frames that the service port of a network has got so far.
 * @param where.namespace of the host's switch
 */
export function framesForServices({
  namespace,
  networkId,
}: {
  namespace: string;
  networkId: string;
}): number {
  const show = ['-s', '-j', 'link', 'show', 'dev', serviceDevice(networkId)];
  const [link] = JSON.parse(
    execFileSync('ip', ['-n', `${namespace}-services`, ...show], { encoding: 'utf8' }),
  );
  return link.stats64.rx.packets;
}
