/** What every event carries, whatever its kind. `seq` is given by the log when the event is appended. */
export interface Envelope {
  /** Position in the boot: 1, 2, 3 … in order of arrival. */
  readonly seq: number;
  /** Nanoseconds since the boot's zero; may step back in real logs; null where the source had no time. */
  readonly t_ns: number | null;
  /** Who acted: `linux`, `hypervisor`, `trustzone`, `smmu`, or a remote processor. */
  readonly agent: string;
  /** What it is about: a remote processor, device, stream or domain; null when about nothing in particular. */
  readonly subject: string | null;
  /** Seq of the event that brought this one about, where known. */
  readonly cause: number | null;
  /** Where in the kernel it was recorded: `kworker/0:2-30 [000] d..1.` in ftrace, `T207` in printk. */
  readonly context: string | null;
  /** Number of the imported source file in this boot, from 1; null for an event that nobody read from a file. */
  readonly source: number | null;
  /** Line in that source, from 1. */
  readonly line: number | null;
}
