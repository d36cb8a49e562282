import type { BootEvent } from '../events/catalog.ts';

/**
 * An event on its way to text. The others of the boot are needed too: they tell who caused a wanted one, and
 * which bits were set before.
 */
export interface SelectedEvent {
  readonly event: BootEvent;
  readonly isWanted: boolean;
}
