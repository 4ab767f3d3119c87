/**
 * Keeps a timeline where its reader is: at the bottom while they are there, else at the message that
 * they look at, whatever is put before it, taken away or grows.
 */

const AT_BOTTOM_PX = 48;
export const NEAR_EDGE_PX = 900; // About a screen: the next page is there before one arrives.

export class Keeper {
  isAtBottom = true;
  #scroller: HTMLElement;
  #goesToEnd = false;
  #anchor: { seq: string; top: number } | null = null;

  constructor(scroller: HTMLElement) {
    this.#scroller = scroller;
  }

  /** The reader has scrolled, or what is shown has found its place: remember what they look at. */
  remember(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    this.isAtBottom = scrollHeight - scrollTop - clientHeight < AT_BOTTOM_PX;
    const row = this.isAtBottom ? this.#lastRow() : this.#rowAt(scrollTop);
    this.#anchor =
      row === null ? null : { seq: row.dataset.seq ?? "", top: row.offsetTop - scrollTop };
  }

  /** What is shown has changed: put it back to where it was. */
  restore(canStick: boolean): void {
    if (canStick && (this.isAtBottom || this.#goesToEnd)) this.toBottom();
    else if (this.#anchor !== null) {
      const row = this.row(Number(this.#anchor.seq));
      if (row !== null) this.#scroller.scrollTop = row.offsetTop - this.#anchor.top;
    }
    this.remember();
  }

  /** Show the end as soon as it can be shown. */
  goToEnd(): void {
    this.#goesToEnd = true;
  }

  toBottom(): void {
    this.#goesToEnd = false;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.isAtBottom = true;
  }

  /** Show a row in the middle. */
  toRow(seq: number): boolean {
    const row = this.row(seq);
    if (row === null) return false;
    const room = this.#scroller.clientHeight - row.offsetHeight;
    this.#scroller.scrollTop = row.offsetTop - Math.max(0, room / 2);
    this.isAtBottom = false;
    this.remember();
    return true;
  }

  row(seq: number): HTMLElement | null {
    return this.#scroller.querySelector<HTMLElement>(`[data-seq="${seq}"]`);
  }

  /** The number of the last message that can be seen in whole. */
  lastSeen(): number {
    const bottom = this.#scroller.scrollTop + this.#scroller.clientHeight;
    const rows = this.#rows();
    for (let n = rows.length - 1; n >= 0; n -= 1) {
      const row = rows[n];
      if (row !== undefined && row.offsetTop + row.offsetHeight <= bottom + 4) {
        return Number(row.dataset.seq);
      }
    }
    return 0;
  }

  get isNearTop(): boolean {
    return this.#scroller.scrollTop < NEAR_EDGE_PX;
  }

  get isNearBottom(): boolean {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_EDGE_PX;
  }

  #lastRow(): HTMLElement | null {
    const chunks = this.#scroller.querySelectorAll(".chunk");
    return chunks[chunks.length - 1]?.querySelector<HTMLElement>("[data-seq]:last-child") ?? null;
  }

  #rows(): HTMLElement[] {
    return [...this.#scroller.querySelectorAll<HTMLElement>("[data-seq]")];
  }

  #rowAt(top: number): HTMLElement | null {
    const rows = this.#rows();
    let low = 0;
    let high = rows.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const row = rows[middle];
      if (row !== undefined && row.offsetTop + row.offsetHeight > top) high = middle;
      else low = middle + 1;
    }
    return rows[low] ?? null;
  }
}
