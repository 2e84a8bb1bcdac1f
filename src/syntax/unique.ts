/** The same text as the one string that the engine keeps of it, as it does of names: compared and looked up by its address. */
export const unique = (text: string): string => Object.keys({ [text]: 0 })[0]!;
