// GET /api/portolan/setup: what to paste into each program, with this host's address and the ports that listen; the texts are content's (content/sources).

export type Transport = 'udp' | 'tcp' | 'tls';
export const transports: readonly Transport[] = ['udp', 'tcp', 'tls'];

/** The endpoint behind each. */
export const endpointOf: Record<Transport, string> = { udp: 'syslog-udp', tcp: 'syslog-tcp', tls: 'syslog-tls' };

export interface Setup {
  readonly name: string;
  readonly over: Transport;
  /** The only ports that the program can send to: 514, 1025-65535. */
  readonly ports?: string;
  /** Where the lines go; without it they are typed into the device. */
  readonly file?: string;
  /** Without it nothing listens there, or where the program cannot send. */
  readonly text?: string;
  /** Where the lines look for the authority's certificate. */
  readonly authority?: string;
  /** What puts them in force. */
  readonly then?: string;
  readonly note?: Readonly<Record<'en' | 'ja', string>>;
}

export interface Setups {
  readonly address: string;
  readonly addresses: readonly string[];
  readonly ports: Readonly<Record<Transport, number>>;
  readonly types: readonly { readonly id: string; readonly name: string; readonly setups: readonly Setup[] }[];
}

export interface Sender {
  /** In the address bar. */
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly setups: readonly Setup[];
}

/** Every program that content knows, each once. */
export const senders = (of: Setups): Sender[] =>
  of.types.flatMap((type) =>
    [...new Set(type.setups.map((s) => s.name))].map((name) => ({ id: name.toLowerCase(), name, type: type.name, setups: type.setups.filter((s) => s.name === name) })),
  );

/** The ways in which it can send. */
export const ways = (sender: Sender): Transport[] => transports.filter((over) => sender.setups.some((s) => s.over === over));

/** The one whose lines hold here; else the last, which says by its ports why none does. */
export const chosen = (sender: Sender, over: Transport): Setup | undefined => {
  const all = sender.setups.filter((s) => s.over === over);
  return all.find((s) => s.text !== undefined) ?? all.at(-1);
};

/** What may stand in a configuration line as a host: a name or an address; the server refuses the rest too. */
export const isHost = (text: string): boolean => /^[A-Za-z0-9]([A-Za-z0-9.:_-]{0,251}[A-Za-z0-9])?$/.test(text);
