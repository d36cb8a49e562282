/** The user stopped what was going on. The message says what is kept of it; the process exits with 130. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
}
