// What stands where a computer's name does. Its agent says the name, and a
// client that is none of ours never says one.

// Controls, marks of direction (UAX 9), and what takes no place: any of them
// would make a name look like another, or turn the sentence that it stands in.
// eslint-disable-next-line no-control-regex -- these are what is looked for
const UNSEEN = /[\u0000-\u001F\u007F-\u009F\u00AD\u061C\u180E\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF]/g;

export function plain(text: string): string {
  return text.replace(UNSEEN, "\uFFFD");
}

// Never empty: a link needs something to click on.
export function nameOf(computer: { id: string; name: string }): string {
  return computer.name.replace(UNSEEN, "").trim() === "" ? computer.id : plain(computer.name);
}
