import type { BootEvent } from '../events/catalog.ts';

/**
 * An event on its way to text. The others of the boot are needed too: they tell who caused a wanted one, and
 * which bits were set before.
 */
export interface SelectedEvent {
  readonly event: BootEvent;
  readonly isWanted: boolean;
}

/** A piece of text in a format of the kernel's, one line or several, and the event that it shows; null for a header. */
export interface TextPiece {
  readonly shown: BootEvent | null;
  readonly text: string;
}
