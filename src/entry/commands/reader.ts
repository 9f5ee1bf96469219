import { type Command, type Io, UsageError } from '../command.ts';
import { capabilities } from '../reader/capabilities.ts';
import { inventory } from '../reader/inventory.ts';
import { list } from '../reader/list.ts';
import { save } from '../reader/save.ts';
import { set } from '../reader/set.ts';
import { tag } from '../reader/tag.ts';

const help = `
tagtrail reader capabilities --host HOST
tagtrail reader inventory --host HOST [--seconds N] [--antennas 1,2] [--session 0..3]
                         [--tid | --tell phase,doppler,tid]
tagtrail reader set --host HOST power DBM [--antenna N] [--hop-table N | --channel-khz N]
tagtrail reader set --host HOST gpo PORT on|off|MILLISECONDS
tagtrail reader set --host HOST mode N | session 0..3 [--antenna N]
tagtrail reader set --host HOST keepalive MILLISECONDS|off
tagtrail reader save --host HOST
tagtrail reader set --host HOST restore FILE | factory-defaults | idle --yes
tagtrail reader list HOST… [--timeout MS]
tagtrail reader tag --host HOST read --epc HEX|--all [--bank B] [--word N] [--words N]
tagtrail reader tag --host HOST write|erase|lock|unlock|kill --epc HEX … --yes

Talks to an RFID reader on the network by LLRP, as one client: while it does, no other program can, and a reader that
another program holds says so.

  capabilities  what the reader is and can do, as a table
  inventory     reads for N seconds (default 5) and prints them; what ran before is not changed. --tid reads each tag's
                TID instead, once, by an access operation; --tell asks for what the maker's reports have besides:
                phase, doppler and tid of an Impinj reader, phase of a Zebra one
  set           power: the reader's nearest step not above DBM, on all antennas unless one is named; hop table and
                channel are taken from what the reader lists. gpo: an output on, off, or on for so many milliseconds.
                mode and session: of the Gen2 air interface, where an ROSpec says nothing else; the mode must be one
                that the reader lists. restore puts back what save wrote, setting by setting; factory-defaults resets
                the reader, idle deletes every ROSpec and AccessSpec: these three need --yes
  save          the reader's settings as JSON, to be kept
  list          which of the hosts are readers: HOST, HOST:PORT or a network such as 192.168.1.0/24; changes nothing.
                Exit code 1 when none is
  tag           one operation on the tag whose EPC begins with HEX: read words of a bank (reserved, epc, tid, user),
                write --data HEX, erase, lock or unlock --lock kill,access,epc,tid,user (--permanent: for ever), kill;
                --password HEX where the tag has one, --seconds N to wait for it. What changes a tag needs --yes.
                Exit code 1 when the tag refused or was not there

Everywhere:
  --host HOST   name or address, with or without :PORT
  --port N      default 5084, or 5085 with --tls
  --tls         encrypted; --ca FILE, --cert FILE, --key FILE and --server-name NAME say how
  --json        JSON Lines on standard output; reads are as those of tagtrail llrp reads

Examples:
  tagtrail reader list 192.168.1.0/24
  tagtrail reader capabilities --host 192.168.1.20
  tagtrail reader inventory --host 192.168.1.20 --seconds 10 --antennas 1,2
  tagtrail reader set --host 192.168.1.20 power 27 --antenna 1
  tagtrail reader set --host 192.168.1.20 gpo 1 500
  tagtrail reader save --host 192.168.1.20 > dock-1.json
  tagtrail reader inventory --host 192.168.1.20 --tell phase,doppler --json
  tagtrail reader tag --host 192.168.1.20 read --epc 3034257bf7194e4000001a85 --bank tid --words 6
`;

const ACTIONS: Record<string, (args: string[], io: Io) => Promise<number>> = {
  capabilities,
  inventory,
  save,
  set,
  list,
  tag,
};

export const command: Command = {
  summary: 'a reader on the network: what it can do, what it reads, its settings and outputs',
  help,
  async run(args, io) {
    const [name = '', ...rest] = args;
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (!action) throw new UsageError(`tagtrail reader ${Object.keys(ACTIONS).join('|')}, not "${name}"`);
    return action(rest, io);
  },
};
