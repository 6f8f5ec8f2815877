// The exact lines that make a device send here. Each vendor's own syntax; a line that does not hold for every version says so in its comment.

export type Sender = 'rsyslog' | 'syslog-ng' | 'pan-os' | 'asa';
export type Transport = 'udp' | 'tcp' | 'tls';

export const senders: readonly { readonly id: Sender; readonly name: string; readonly sourceType: string }[] = [
  { id: 'rsyslog', name: 'rsyslog', sourceType: 'Linux' },
  { id: 'syslog-ng', name: 'syslog-ng', sourceType: 'Linux' },
  { id: 'pan-os', name: 'PAN-OS', sourceType: 'Palo Alto Networks' },
  { id: 'asa', name: 'ASA', sourceType: 'Cisco' },
];

export const transports: readonly Transport[] = ['udp', 'tcp', 'tls'];

/** The endpoint behind each. */
export const endpointOf: Record<Transport, string> = { udp: 'syslog-udp', tcp: 'syslog-tcp', tls: 'syslog-tls' };

export interface Setup {
  /** Where they go; null: typed into the device. */
  readonly file: string | null;
  /** What puts them in force. */
  readonly command: string | null;
  readonly lines: string;
  /** What sends a line at once. */
  readonly test: string | null;
}

/** Null: the device cannot send that way to that port. */
export function setup(sender: Sender, transport: Transport, host: string, port: number): Setup | null {
  switch (sender) {
    case 'rsyslog':
      return {
        file: '/etc/rsyslog.d/90-portolan.conf',
        command: 'sudo systemctl restart rsyslog',
        lines: rsyslog(transport, host, port),
        test: "logger 'hello Portolan'",
      };
    case 'syslog-ng':
      return { file: '/etc/syslog-ng/conf.d/90-portolan.conf', command: 'sudo systemctl restart syslog-ng', lines: syslogNg(transport, host, port), test: "logger 'hello Portolan'" };
    case 'pan-os':
      return { file: null, command: null, lines: panOs(transport, host, port), test: null };
    case 'asa':
      // TCP ports below 1025 are refused by the device; 6514 is above.
      return transport === 'tcp' && port < 1025 ? null : { file: null, command: null, lines: asa(transport, host, port), test: 'send log 6 hello Portolan' };
  }
}

function rsyslog(transport: Transport, host: string, port: number): string {
  const tls = transport === 'tls';
  const lines = [];
  if (tls) lines.push('# needs the package rsyslog-gnutls', 'global(DefaultNetstreamDriverCAFile="/etc/rsyslog.d/portolan-ca.pem")');
  lines.push('*.* action(type="omfwd"', `    target="${host}" port="${port}" protocol="${transport === 'udp' ? 'udp' : 'tcp'}"`, '    template="RSYSLOG_SyslogProtocol23Format"');
  if (transport !== 'udp') {
    lines.push('    TCP_Framing="octet-counted"');
    if (tls) lines.push('    StreamDriver="gtls" StreamDriverMode="1"', `    StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="${host}"`);
    lines.push('    # keeps messages on disk while the receiver is away', '    action.resumeRetryCount="-1"', '    queue.type="LinkedList" queue.filename="portolan"', '    queue.maxDiskSpace="1g" queue.saveOnShutdown="on"');
  }
  lines[lines.length - 1] += ')';
  return lines.join('\n');
}

function syslogNg(transport: Transport, host: string, port: number): string {
  const tls = transport === 'tls' ? '\n        tls(ca-file("/etc/syslog-ng/portolan-ca.pem"))' : '';
  return [
    'destination d_portolan {',
    `    syslog("${host}" transport("${transport}") port(${port})${tls});`,
    '};',
    '# s_src is the source of Debian and Ubuntu; elsewhere use the name in syslog-ng.conf (often s_sys)',
    'log { source(s_src); destination(d_portolan); };',
  ].join('\n');
}

function panOs(transport: Transport, host: string, port: number): string {
  const server = 'set shared log-settings syslog portolan server portolan';
  const logs = ['traffic', 'threat', 'url', 'auth', 'decryption', 'tunnel'];
  return [
    'configure',
    `${server} server ${host}`,
    `${server} transport ${transport === 'tls' ? 'SSL' : transport.toUpperCase()}`,
    `${server} port ${port}`,
    `${server} format IETF`,
    `${server} facility LOG_USER`,
    // What the firewall says of itself and of users.
    ...['system', 'config', 'userid', 'globalprotect'].map((log) => `set shared log-settings ${log} match-list portolan send-syslog portolan`),
    // What rules log, for each rule that has the profile.
    ...logs.flatMap((log) => [
      `set shared log-settings profiles portolan match-list ${log} log-type ${log}`,
      `set shared log-settings profiles portolan match-list ${log} filter "All Logs"`,
      `set shared log-settings profiles portolan match-list ${log} send-syslog portolan`,
    ]),
    'set rulebase security rules RULE log-setting portolan',
    'commit',
  ].join('\n');
}

function asa(transport: Transport, host: string, port: number): string {
  const to = transport === 'udp' ? (port === 514 ? '' : ` udp/${port}`) : ` tcp/${port}${transport === 'tls' ? ' secure' : ''}`;
  return [
    'logging enable',
    'logging timestamp rfc5424',
    'logging device-id hostname',
    'logging trap informational',
    `logging host inside ${host}${to}`,
    // Without it the device passes no traffic while the receiver is away.
    ...(transport === 'udp' ? [] : ['logging permit-hostdown']),
    'write memory',
  ].join('\n');
}

/** What may stand in a configuration line as a host: a name or an address, and nothing that would end a quote or a line. */
export const isHost = (text: string): boolean => /^[A-Za-z0-9]([A-Za-z0-9.:_-]{0,251}[A-Za-z0-9])?$/.test(text);
