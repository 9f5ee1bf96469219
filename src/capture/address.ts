// Where a webhook may not go: a subscriber must not make this server call what only this server can reach.
import { BlockList, isIP } from 'node:net';

/** Special-purpose IPv4 (IANA registry), and a cloud's own service at a public address. */
const REFUSED_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10', // carrier-grade NAT, and metadata of Alibaba Cloud
  '127.0.0.0/8',
  '168.63.129.16/32', // metadata of Azure
  '169.254.0.0/16', // link-local, and metadata of most clouds
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
];
/** Of IPv6 only what is global is allowed; within it, these lead elsewhere or nowhere. */
const GLOBAL_V6 = '2000::/3';
const REFUSED_V6 = [
  '2001::/23', // Teredo and other protocols
  '2001:db8::/32',
  '2002::/16', // 6to4: an IPv4 address inside
  '3fff::/20',
];

function listOf(subnets: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address = '', prefix] = subnet.split('/');
    list.addSubnet(address, Number(prefix), family);
  }
  return list;
}

const refusedV4 = listOf(REFUSED_V4, 'ipv4');
const refusedV6 = listOf(REFUSED_V6, 'ipv6');
const globalV6 = listOf([GLOBAL_V6], 'ipv6');

/** Whether an IP address is one of the public internet; false for what is no address. An IPv4 one inside IPv6 never is. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !refusedV4.check(address, 'ipv4');
  return family === 6 && globalV6.check(address, 'ipv6') && !refusedV6.check(address, 'ipv6');
}
