const IN_USE = 229; // What a key has as its `keyCode` while an input method has it (UI Events §7.1).

/** Whether a key is an input method's own; Safari says that it is over before the Enter that ended it. */
export function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === IN_USE;
}
