/**
 * The one register of what can go wrong, and the only place that knows all its audiences.
 *
 * severity  fatal: nothing usable · error: the message, map or request is not in order · warning · info · bug: our fault
 * actor     who must act: sender · analyst · operator · agency · us
 * retry     never: the same bytes fail again · after-fix: change a map, table or key, then replay ·
 *           backoff: transient, automatic · halt: our state is uncertain, stop accepting
 * http      the status where the finding decides one, else 0
 * contrl    UN/EDIFACT DE 0085 value (code list of syntax 4), or '' where CONTRL does not report it
 * title     sentence, lower case, no full stop; `{name}` is filled from the finding's args
 * hint      what to do
 *
 * A code that was released is never renamed or reused. `CODES.md` is generated from this table.
 */
export type Severity = 'fatal' | 'error' | 'warning' | 'info' | 'bug';
export type Actor = 'sender' | 'analyst' | 'operator' | 'agency' | 'us';
export type Retry = 'never' | 'after-fix' | 'backoff' | 'halt';

export interface CodeRow {
  readonly severity: Severity;
  readonly actor: Actor;
  readonly retry: Retry;
  readonly http: number;
  readonly contrl: string;
  readonly title: string;
  readonly hint: string;
}

const row = (severity: Severity, actor: Actor, retry: Retry, http: number, contrl: string, title: string, hint: string): CodeRow => ({
  severity,
  actor,
  retry,
  http,
  contrl,
  title,
  hint,
});

// prettier-ignore
export const codes = {
  // ── syntax/edifact ───────────────────────────────────────────────────────────────────────────────────────────────
  EDIFACT_COUNT_MISMATCH:      row('warning', 'sender',  'never',     0,   '29', '{segment} states {stated} {what}, {counted} were found', 'count the {what} again: the trailer must state what was sent'),
  EDIFACT_REFERENCE_MISMATCH:  row('warning', 'sender',  'never',     0,   '28', '{segment} repeats the reference `{actual}`, the header said `{expected}`', 'the trailer must repeat the reference of its header'),
  EDIFACT_SYNTAX_UNSUPPORTED:  row('error',   'sender',  'never',     0,   '2',  '{what}', 'send UNOA to UNOL, UNOW or UNOY in syntax version 1 to 4, or have the tables of the character set agreed upon'),
  EDIFACT_SERVICE_CHAR:        row('error',   'sender',  'never',     0,   '20', 'the service characters are not in order: {fault}', 'UNA is followed by six different characters that are neither letters nor digits, then UNB by the second of them'),
  EDIFACT_CHARSET_MISMATCH:    row('warning', 'sender',  'never',     0,   '21', '{label} declares {declared}, the bytes are {detected}', 'declare the character set that is used (UNOC is Latin-1, UNOW and UNOY are UTF-8), or agree on what the declaration stands for: `charsets` of the partner'),
  EDIFACT_UNDECODABLE:         row('warning', 'sender',  'never',     0,   '21', 'the bytes {bytes} are no character of {encoding}, in `{value}`', 'they are kept, and written as they are to whoever reads the same charset: send another character, or agree on the charset that is used'),
  EDIFACT_CHARACTER:           row('warning', 'sender',  'never',     0,   '21', '{count} bytes are not in the repertoire of {label}, first {character}', 'UNOA has no lower case, UNOA and UNOB nothing beyond ASCII: declare UNOC or UNOY, or send other characters'),
  EDIFACT_LINE_BREAK:          row('warning', 'sender',  'never',     0,   '',   '{count} line breaks stand inside segments', 'line breaks between segments are harmless; inside one they are data, and kept'),
  EDIFACT_ENVELOPE_MISSING:    row('error',   'sender',  'never',     0,   '13', '{segment} is missing', 'send the interchange whole: UNB, then each message from UNH to UNT, then UNZ'),
  EDIFACT_UNTERMINATED:        row('error',   'sender',  'never',     0,   '13', 'the input ends inside a segment', 'the interchange was cut short, or its last terminator is missing: send it again'),
  EDIFACT_OUTSIDE:             row('warning', 'sender',  'never',     0,   '33', '{count} bytes belong to no interchange', 'nothing may stand before UNA or UNB and after UNZ'),
  EDIFACT_STRAY:               row('error',   'sender',  'never',     0,   '33', '{count} segments stand outside messages, first {tag}', 'every user segment stands between UNH and UNT; a header before them is missing or damaged'),
  EDIFACT_TAG:                 row('error',   'sender',  'never',     0,   '22', '{count} segments have no proper tag, first `{tag}`', 'a tag is three letters or digits, the first a letter: a separator or terminator may be missing'),
  EDIFACT_LIMIT:               row('fatal',   'sender',  'never',     413, '18', '{of} has more than {allowed} {what}; reading went on with the next {next}', 'a terminator or trailer may be missing; what really is so large is sent in parts, or the operator raises `limits.edifact.{limit}`'),
  EDIFACT_MIXED:               row('warning', 'sender',  'never',     0,   '30', 'messages stand both inside and outside groups', 'put every message into a group (UNG), or none'),
  EDIFACT_EMPTY:               row('warning', 'sender',  'never',     0,   '32', '{segment} opens what holds no message', 'an interchange or group without messages says nothing'),
  EDIFACT_DUPLICATE:           row('warning', 'sender',  'never',     0,   '26', 'the reference `{reference}` was given to a {what} of this interchange before', 'the reference of a {what} ({id}) is unique in an interchange'),
  EDIFACT_SEGMENT_MISSING:     row('error',   'sender',  'never',     0,   '13', '{what} is missing{group}', 'the directory makes it mandatory here'),
  EDIFACT_SEGMENT_NOT_HERE:    row('error',   'sender',  'never',     0,   '15', '{tag} is not allowed here', 'compare the order of the segments with the directory: {expected} could follow'),
  EDIFACT_SEGMENT_UNKNOWN:     row('error',   'sender',  'never',     0,   '15', '{directory} has no segment {tag}', 'a tag of another directory, or a damaged one'),
  EDIFACT_TOO_MANY_SEGMENTS:   row('error',   'sender',  'never',     0,   '35', '{tag} may be repeated {allowed} times here, this is one more', 'split the message, or leave the surplus out'),
  EDIFACT_TOO_MANY_GROUPS:     row('error',   'sender',  'never',     0,   '36', '{group} may be repeated {allowed} times, this is one more', 'split the message, or leave the surplus out'),
  EDIFACT_TOO_MANY_ELEMENTS:   row('error',   'sender',  'never',     0,   '16', '{what} has {allowed} {parts}, here are more', 'a separator too many, or one that should have been released by the release character'),
  EDIFACT_TOO_MANY_REPETITIONS: row('error',  'sender',  'never',     0,   '35', '{id} may be repeated {allowed} times', 'a repetition separator that should have been released?'),
  EDIFACT_ELEMENT_MISSING:     row('error',   'sender',  'never',     0,   '13', '{id} {name} is missing', 'the directory makes it mandatory'),
  EDIFACT_VALUE:               row('warning', 'sender',  'never',     0,   '12', '`{value}` is not a value of {id} {name} in {directory}', 'take a value of the code list, or name another list (1131) and its agency (3055) beside it'),
  EDIFACT_CHAR_TYPE:           row('error',   'sender',  'never',     0,   '37', '`{value}` is not {type}, as {id} {name} must be', 'n is a number with at most one decimal mark, a is letters'),
  EDIFACT_TOO_LONG:            row('warning', 'sender',  'never',     0,   '39', '{id} {name} is {length} long, {max} is the most', 'shorten the value, or use the next component'),
  EDIFACT_TOO_SHORT:           row('warning', 'sender',  'never',     0,   '40', '{id} {name} is {length} long, {min} is the least', 'give the whole value'),
  EDIFACT_MESSAGE_UNKNOWN:     row('warning', 'sender',  'never',     0,   '',   '{directory} has no message {type}: its structure is not checked', 'the type, version and release of UNH (S009) name the directory'),
  EDIFACT_DIRECTORY_NEAREST:   row('warning', 'operator', 'never',    0,   '',   'there are no tables of directory {directory}: the message is read with those of {nearest}, the nearest', 'add the directory: `portolan directory add` reads the files that the UN publishes'),
  EDIFACT_PUBLISHED_FILE:      row('error',   'operator', 'never',    0,   '',   'no file of the kind {kind} is there ({names})', 'unpack the directory and the ZIP files in it into one folder, each file under the name that the UN gave it'),
  EDIFACT_PUBLISHED_LINE:      row('error',   'operator', 'never',    0,   '',   '{file}, line {line}: {what}: `{text}`', 'is the file as the UN published it?'),
  EDIFACT_PUBLISHED_UNKNOWN:   row('error',   'operator', 'never',    0,   '',   '{owner} names {id}, which no file defines', 'the files of a directory belong together: EDED, EDCD, EDSD and its messages'),
  EDIFACT_PUBLISHED_MIXED:     row('error',   'operator', 'never',    0,   '',   'the messages are of more than one directory: {names}', 'one folder a directory'),
  EDIFACT_MORE:                row('info',    'sender',  'never',     0,   '18', '{count} more findings {code}', 'mend the first ones and send again'),
  EDIFACT_UNENCODABLE:         row('error',   'analyst', 'after-fix', 0,   '',   '`{character}`, character {position} of a value in {tag}, cannot be written in {encoding}', 'give the partner a character set that has it (UNOY has all), or transliterate in the map'),
  EDIFACT_NO_REPETITION:       row('error',   'analyst', 'after-fix', 0,   '',   '{tag}: element {element} is repeated, syntax version {version} has no repetition', 'write syntax version 4, or bind the repetitions to different elements'),
  EDIFACT_SERVICE_VALUE:       row('error',   'analyst', 'after-fix', 0,   '',   '{tag} cannot be written: {reason}', 'tags are three letters or digits'),
  // ── syntax/x12 ─────────────────────────────────────────────────────────────────────────────────────────────────
  X12_COUNT_MISMATCH:          row('warning', 'sender',  'never',     0,   '',   '{segment} states {stated} {what}, {counted} were found', 'count the {what} again: the trailer must state what was sent'),
  X12_REFERENCE_MISMATCH:      row('warning', 'sender',  'never',     0,   '',   '{segment} repeats the control number `{actual}`, the header said `{expected}`', 'the trailer must repeat the control number of its header'),
  X12_HEADER:                  row('warning', 'sender',  'never',     0,   '',   'ISA is not as it has to be: {fault}', 'ISA has 106 characters, each element padded to its width; its separators are four different bytes'),
  X12_CHARACTER:               row('warning', 'sender',  'never',     0,   '',   '{count} bytes are control characters, first {character}', 'send printable characters'),
  X12_LINE_BREAK:              row('info',    'sender',  'never',     0,   '',   '{count} line breaks stand inside segments', 'the input was wrapped: line breaks between segments are harmless, those inside are not taken as data'),
  X12_ENVELOPE_MISSING:        row('error',   'sender',  'never',     0,   '',   '{segment} is missing', 'send the interchange whole: ISA, each group from GS to GE, in it each transaction set from ST to SE, then IEA'),
  X12_UNTERMINATED:            row('error',   'sender',  'never',     0,   '',   'the input ends inside a segment', 'the interchange was cut short, or its last terminator is missing: send it again'),
  X12_OUTSIDE:                 row('warning', 'sender',  'never',     0,   '',   '{count} bytes belong to no interchange', 'nothing may stand before ISA and after IEA'),
  X12_STRAY:                   row('error',   'sender',  'never',     0,   '',   '{count} segments stand outside transaction sets, first {tag}', 'every segment stands between ST and SE; a header before them is missing or damaged'),
  X12_TAG:                     row('error',   'sender',  'never',     0,   '',   '{count} segments have no proper identifier, first `{tag}`', 'an identifier is two or three letters or digits, the first a letter: a separator or terminator may be missing'),
  X12_LIMIT:                   row('fatal',   'sender',  'never',     413, '',   '{of} has more than {allowed} {what}; reading went on with the next {next}', 'a terminator or trailer may be missing; what really is so large is sent in parts, or the operator raises limits.x12.{limit} in gateway.yaml'),
  X12_EMPTY:                   row('warning', 'sender',  'never',     0,   '',   '{segment} opens what holds no transaction set', 'an interchange or group without transaction sets says nothing'),
  X12_DUPLICATE:               row('warning', 'sender',  'never',     0,   '',   'the control number `{reference}` was given to a {what} of this interchange before', 'the control number of a {what} ({id}) is unique in an interchange'),
  X12_SEGMENT_MISSING:         row('error',   'sender',  'never',     0,   '',   '{what} is missing{group}', 'the tables of the version make it mandatory here'),
  X12_SEGMENT_NOT_HERE:        row('error',   'sender',  'never',     0,   '',   '{tag} is not allowed here', 'compare the order of the segments with the transaction set: {expected} could follow'),
  X12_SEGMENT_UNKNOWN:         row('warning', 'sender',  'never',     0,   '',   'the tables of {directory} have no segment {tag}', 'a segment of another version or transaction set, or a damaged one'),
  X12_TOO_MANY_SEGMENTS:       row('error',   'sender',  'never',     0,   '',   '{tag} may be repeated {allowed} times here, this is one more', 'split the transaction set, or leave the surplus out'),
  X12_TOO_MANY_LOOPS:          row('error',   'sender',  'never',     0,   '',   'loop {group} may be repeated {allowed} times, this is one more', 'split the transaction set, or leave the surplus out'),
  X12_TOO_MANY_ELEMENTS:       row('error',   'sender',  'never',     0,   '',   '{what} has {allowed} {parts}, here are more', 'a separator too many, or one that stands in a text: X12 cannot release separators'),
  X12_TOO_MANY_REPETITIONS:    row('error',   'sender',  'never',     0,   '',   '{id} may be repeated {allowed} times', 'a repetition separator that stands in a text: X12 cannot release separators'),
  X12_ELEMENT_MISSING:         row('error',   'sender',  'never',     0,   '',   '{id} {name} is missing', 'the tables of the version make it mandatory'),
  X12_VALUE:                   row('warning', 'sender',  'never',     0,   '',   '`{value}` is not a value of {id} {name} in {directory}', 'take a value of the code list'),
  X12_CHAR_TYPE:               row('error',   'sender',  'never',     0,   '',   '`{value}` is not {type}, as {id} {name} must be', 'numbers, dates and times are digits; a decimal has at most one point'),
  X12_TOO_LONG:                row('warning', 'sender',  'never',     0,   '',   '{id} {name} is {length} long, {max} is the most', 'shorten the value, or use the next element'),
  X12_TOO_SHORT:               row('warning', 'sender',  'never',     0,   '',   '{id} {name} is {length} long, {min} is the least', 'give the whole value'),
  X12_MESSAGE_UNKNOWN:         row('warning', 'sender',  'never',     0,   '',   '{directory} has no transaction set {type}: its structure is not checked', 'ST01 names the transaction set, GS08 its version'),
  X12_DIRECTORY_NEAREST:       row('info',    'operator', 'never',    0,   '',   'there are no tables of version {directory}: the transaction set is read with those of {nearest}', 'add the tables below schemas/x12'),
  X12_MORE:                    row('info',    'sender',  'never',     0,   '',   '{count} more findings {code}', 'mend the first ones and send again'),
  X12_UNENCODABLE:             row('error',   'analyst', 'after-fix', 0,   '',   '`{character}` of {tag} is a separator and cannot be written', 'X12 cannot release separators: replace the character in the map, or agree on other separators'),
  X12_SERVICE_VALUE:           row('error',   'analyst', 'after-fix', 0,   '',   '{tag} cannot be written: {reason}', 'identifiers are two or three letters or digits'),
  SYNTAX_EMPTY:                row('fatal',   'sender',  'never',     400, '',   'there is nothing in it', 'send the interchange as the body, not as a form field'),
  SYNTAX_UNKNOWN:              row('fatal',   'sender',  'never',     415, '',   'this is none of the syntaxes that are read; it begins with {beginning}', 'EDIFACT begins with UNA, UNB or UNH, X12 with ISA, XML with `<`, Cargo-IMP with a line such as `ABC/1` or a Type B heading'),
  SYNTAX_AMBIGUOUS:            row('fatal',   'operator', 'after-fix', 415, '',  'this may be of several layouts: {names}', 'give the records of one of them a mark that the others have not'),
  SYNTAX_UNSUPPORTED:          row('fatal',   'sender',  'never',     415, '',   'this is {syntax}, which is recognized and not read', 'send UN/EDIFACT, X12, XML or Cargo-IMP{remedy}'),

  // ── syntax/cargoimp ────────────────────────────────────────────────────────────────────────────────────────
  CARGOIMP_LINE:               row('error',   'sender',  'never',     0,   '',   '`{text}` is not understood{at}', 'here could stand: {expected}'),
  CARGOIMP_FIELD:              row('error',   'sender',  'never',     0,   '',   '{field} of {tag} is `{value}`', 'it holds {format}'),
  CARGOIMP_TOO_LONG:           row('warning', 'sender',  'never',     0,   '',   '{field} of {tag} is {length} characters long, {max} is the most', 'shorten the text, or continue it in the next line where there may be one'),
  CARGOIMP_CHECK_DIGIT:        row('error',   'sender',  'never',     0,   '',   '`{value}` is no {field} of an air waybill: its check digit would be {digit}', 'the eighth digit is the remainder of the first seven by 7: a digit is wrong, or two changed places'),
  CARGOIMP_MISSING:            row('error',   'sender',  'never',     0,   '',   '{tag} ({title}) is missing', 'the line is mandatory in this message'),
  CARGOIMP_ORDER:              row('error',   'sender',  'never',     0,   '',   '{tag} ({title}) stands out of its order', 'the lines of a message have a fixed order'),
  CARGOIMP_LINE_BREAK:         row('warning', 'sender',  'never',     0,   '',   '{tag} ({title}) begins inside a line', 'begin it on a line of its own'),
  CARGOIMP_LONG_LINE:          row('warning', 'sender',  'never',     0,   '',   '{count} lines are longer than {max} characters', 'networks cut longer lines: continue in the next one'),
  CARGOIMP_CHARACTER:          row('warning', 'sender',  'never',     0,   '',   '{count} characters are not in the repertoire of these messages, first {character}', 'capital letters, digits, blank, point, hyphen; the slant separates'),
  CARGOIMP_DEVIATION:          row('warning', 'sender',  'never',     0,   '',   'the deviation `{name}` was seen at {tag}', '{rule}; whether it is accepted, and until when, stands in the agreement with the partner'),
  CARGOIMP_MESSAGE_UNKNOWN:    row('error',   'sender',  'never',     0,   '',   'there is no grammar of {message}{known}', 'send a version that is known, or have the grammar of this one added to schemas/cargoimp'),
  CARGOIMP_NO_MESSAGE:         row('fatal',   'sender',  'never',     415, '',   'no message begins here', 'a message begins with a line that says what it is, for instance three letters, a slant and the version'),
  CARGOIMP_OUTSIDE:            row('warning', 'sender',  'never',     0,   '',   '{count} lines belong to no message, first `{first}`', 'before a message may stand a Type B heading, and nothing after its last line'),
  CARGOIMP_LIMIT:              row('fatal',   'sender',  'never',     413, '',   'there are more than {allowed} {what}; reading went on with the next message', 'line breaks may be missing; what really is so large is sent in parts, or the operator raises `limits`'),
  CARGOIMP_CANNOT_WRITE:       row('error',   'analyst', 'after-fix', 0,   '',   '{field} of {tag} cannot be written: {reason}', 'give the field what its format holds, or shorten it in the map'),
  CARGOIMP_NO_PLACE:           row('error',   'analyst', 'after-fix', 0,   '',   '{tag} has no place {where} in {message}', 'the lines of a message have a fixed order: the nodes of the map keep to it'),

  // ── syntax/xml ───────────────────────────────────────────────────────────────────────────────────────────────────
  XML_SYNTAX:                  row('fatal',   'sender',  'never',     422, '',   'this is no well-formed XML: {message}', 'send well-formed XML 1.0; what stood before this place was read'),
  XML_DOCTYPE:                 row('fatal',   'sender',  'never',     422, '',   'the document has a document type declaration', 'send the document without `<!DOCTYPE …>`: it is refused before anything else is read'),
  XML_ENTITY:                  row('fatal',   'sender',  'never',     422, '',   '`&{name};` is none of the five entities of XML', 'write the character itself, or as a number: `&#233;`'),
  XML_NAMESPACE:               row('fatal',   'sender',  'never',     422, '',   '{message}', 'declare the prefix with `xmlns:…` on this element or above it'),
  XML_CHARSET:                 row('fatal',   'sender',  'never',     422, '',   '{message}', 'send UTF-8, or ISO-8859-1 declared as such'),
  XML_LIMIT:                   row('fatal',   'sender',  'never',     413, '',   '{message}', 'send a smaller or flatter document, or have the operator raise `limits.xml.{key}`'),
  XML_MIXED_TEXT:              row('warning', 'sender',  'never',     0,   '',   'text stands between the elements of {tag}', 'put it into an element of its own: here no map can name it'),
  XML_CHARACTER:               row('error',   'sender',  'never',     0,   '',   'U+{code} in {tag} cannot be written in XML', 'take the control character out of the data; the text was written without it'),

  // ── syntax/records ───────────────────────────────────────────────────────
  RECORDS_UNKNOWN:             row('error',   'sender',  'never',     0,   '',   'no record of the layout begins like this: `{beginning}`', 'a record of another format, or one that was shifted'),
  RECORDS_EXCESS:              row('error',   'sender',  'never',     0,   '',   '`{value}` stands beyond the last column of {record}', 'the record is longer than the layout says, or a separator is too many'),
  RECORDS_COLUMN_MISSING:      row('error',   'sender',  'never',     0,   '',   '{column} is empty', 'the layout makes it mandatory'),
  RECORDS_VALUE:               row('error',   'sender',  'never',     0,   '',   '`{value}` is not {type}, as {column} must be', 'check where the columns before it end: one that is shifted makes all after it wrong'),
  RECORDS_CONSTANT:            row('error',   'sender',  'never',     0,   '',   '{column} is `{value}` and must be `{constant}`', 'the layout knows no other value here'),
  RECORDS_ORDER:               row('error',   'sender',  'never',     0,   '',   '{record} {fault}', 'send the records in the order of the layout'),
  RECORDS_MISSING:             row('error',   'sender',  'never',     0,   '',   '{record} is missing {where}', 'the layout makes it mandatory'),
  RECORDS_TOO_MANY:            row('error',   'sender',  'never',     0,   '',   '{record} may stand {allowed} times here, this is one more', 'split the message, or leave the surplus out'),
  RECORDS_COUNT:               row('warning', 'sender',  'never',     0,   '',   '{column} states {stated} {what}, {counted} were found', 'count again: records may have been lost on the way'),
  RECORDS_HEADING:             row('error',   'sender',  'never',     0,   '',   'the first line {fault}', 'write the names of the columns as the layout has them'),
  RECORDS_QUOTE:               row('error',   'sender',  'never',     0,   '',   'a quoted field is not closed before the end', 'close the quotes; a quote inside a field is written twice'),
  RECORDS_LIMIT:               row('fatal',   'sender',  'never',     413, '',   'there are more than {allowed} {what}', 'a line end may be missing; what is really larger needs `limits.records.{key}` raised'),
  RECORDS_UNWRITABLE:          row('error',   'analyst', 'after-fix', 0,   '',   '`{value}` cannot be written to {column}: {reason}', 'give the column more room, or let the map shorten what goes there'),

  // ── dictionary ───────────────────────────────────────────────────────────────────────────────────────────────────
  DICTIONARY_NAME:             row('error',   'analyst', 'after-fix', 0,   '',   '{count} files say `# dictionary NAME VERSION`, one must', 'write the line at the top of one table of schemas/wco'),
  DICTIONARY_ROW:              row('error',   'analyst', 'after-fix', 0,   '',   '{message}', 'mend the row; its columns are explained in schemas/wco/README.md'),
  CANONICAL_SYNTAX:            row('error',   'sender',  'never',     422, '',   'this is no JSON: {message}', 'send canonical JSON as schemas/wco/canonical.schema.json describes it'),
  CANONICAL_DICTIONARY:        row('error',   'sender',  'never',     422, '',   'the document is of dictionary `{actual}`, this is `{expected}`', 'write the facts in the terms of the dictionary that is loaded'),
  CANONICAL_NAME:              row('error',   'sender',  'never',     422, '',   '`{name}` at {pointer} is no name of {class}{suggestion}', 'names are those of the dictionary, see schemas/wco'),
  CANONICAL_SHAPE:             row('error',   'sender',  'never',     422, '',   '{pointer} must be {expected}', 'a class that may repeat is an array, every other an object; every value is a string, a quantity {"value", "unit"}'),
  CODES_ROW:                   row('error',   'operator', 'after-fix', 0,  '',   '{message}', 'a table of codes is CSV with the columns code, name, from, until; `portolan codes diff` tries it'),

  CHANGE_WAITS:                row('warning', 'sender',  'never',     0,   '',   'what this changes has not come yet', 'nothing need be done where it is on its way: the change is applied when it comes'),
  CHANGE_AFTER_CANCELLATION:   row('error',   'sender',  'never',     422, '',   'the document was cancelled, and cannot be changed', 'send it anew as an original'),
  CHANGE_ORIGINAL_AGAIN:       row('warning', 'sender',  'never',     0,   '',   'an original of the document has come already; this one replaces it', 'send a replacement or a change under the function code for it'),
  CHANGE_ADDS_KNOWN:           row('warning', 'sender',  'never',     0,   '',   '{what} is {verb}, and is there already: it is replaced', 'send what is there as a change'),
  CHANGE_OF_UNKNOWN:           row('warning', 'sender',  'never',     0,   '',   '{what} is {verb}, and was not there', 'send what is new as an addition; what is not there need not be deleted'),
  CHANGE_FUNCTION:             row('warning', 'analyst', 'after-fix', 0,   '',   'the function code `{code}` has no meaning for changes of {map}: the message is passed on as it came', 'give it one in `schemas/changes`, or in the profile of the agency'),
  // ── maps: the map itself (M1 references, M2 determinism, M3 inversion) ────────────────────────────────────────────
  MAP_YAML:                    row('error',   'analyst', 'after-fix', 0,   '',   '{message}', 'mend the YAML; anchors, aliases, merge keys, tags and duplicate keys are not allowed in a map'),
  MAP_SHAPE:                   row('error',   'analyst', 'after-fix', 0,   '',   '{message}', 'see mappings/README.md for the sections of a map and their keys'),
  MAP_DUPLICATE_NAME:          row('error',   'analyst', 'after-fix', 0,   '',   'there is already a {what} named `{name}`', 'names of maps, parts, code tables and groups are unique'),
  MAP_UNKNOWN_PART:            row('error',   'analyst', 'after-fix', 0,   '',   'there is no part named `{name}`{suggestion}', 'declare it under `parts` of this map or in a parts file it names'),
  MAP_UNKNOWN_SEGMENT:         row('error',   'analyst', 'after-fix', 0,   '',   'directory {directory} has no segment `{tag}`{suggestion}', 'take the tag from the directory'),
  MAP_UNKNOWN_MESSAGE:         row('error',   'analyst', 'after-fix', 0,   '',   'directory {directory} has no message `{name}`{suggestion}', 'take the name from the directory'),
  MAP_FOREIGN_SEGMENT:         row('error',   'analyst', 'after-fix', 0,   '',   'no {tag} stands anywhere in {message}', 'take the segments from the structure of the message in the directory'),
  MAP_SAME_MESSAGES:           row('error',   'analyst', 'after-fix', 0,   '',   '`{first}` and `{second}` read the same messages', 'give one of them a `match` that the other does not have'),
  MAP_UNKNOWN_ELEMENT:         row('error',   'analyst', 'after-fix', 0,   '',   '`{id}` is not an element of {tag} in {directory}{suggestion}', 'write the directory number: `C507.2380` for a component, `1004` for a stand-alone element'),
  MAP_UNKNOWN_GROUP:           row('error',   'analyst', 'after-fix', 0,   '',   'there is no group `{name}`{suggestion}', '`per` names a `group` of the syntax section'),
  MAP_UNKNOWN_SLOT:            row('error',   'analyst', 'after-fix', 0,   '',   'nothing binds `{name}`{suggestion}', 'bind it in the syntax section, or make it of other elements with a codec'),
  MAP_UNKNOWN_CLASS:           row('error',   'analyst', 'after-fix', 0,   '',   'the dictionary has no class `{name}`{suggestion}', 'see the dictionary in schemas/wco'),
  MAP_UNKNOWN_ATTRIBUTE:       row('error',   'analyst', 'after-fix', 0,   '',   'the dictionary has no attribute `{name}` in {class}{suggestion}', 'see the dictionary in schemas/wco'),
  MAP_CODEC_ARGUMENT:          row('error',   'analyst', 'after-fix', 0,   '',   '`{name}`: {problem}', 'see the codecs in src/maps/codecs/CODECS.md'),
  MAP_EXPRESSION:              row('error',   'analyst', 'after-fix', 0,   '',   'the expression is not understood: {problem}', 'see the grammar in mappings/README.md'),
  MAP_OTHER_GROUP:             row('error',   'analyst', 'after-fix', 0,   '',   '`{name}` belongs to group `{group}`, not to `{expected}`', 'a codec and a class take slots of their own group or of one around it'),
  MAP_UNVERIFIED:              row('error',   'analyst', 'after-fix', 0,   '',   'the map is for a regulated message, and no publication confirms `{path}` at its position', 'list it under `unverified`, or bind an entry that is verified'),
  MAP_UNUSED:                  row('warning', 'analyst', 'after-fix', 0,   '',   '{what} `{name}` is never used', 'remove it, or use it'),
  MAP_AMBIGUOUS:               row('error',   'analyst', 'after-fix', 0,   '',   '`{first}` and `{second}` both match the same segment, e.g. {example}', 'give one of them a selector that the other does not have'),
  MAP_WHEN_UNDECIDABLE:        row('error',   'analyst', 'after-fix', 0,   '',   '`when` looks at `{name}`, which is not read before this node', 'a condition sees what was bound before it in its own group or a group around it'),
  MAP_NO_INVERSE:              row('error',   'analyst', 'after-fix', 0,   '',   '`{name}` cannot be turned round: {problem}', 'make the pairs one to one, or mark the odd ones `parse-only` or `build-only`'),
  MAP_BOUND_TWICE:             row('error',   'analyst', 'after-fix', 0,   '',   '`{name}` is {how} twice', 'one element, one slot, one attribute; mark the second reading `parse-only`'),
  MAP_DERIVED_CYCLE:           row('error',   'analyst', 'after-fix', 0,   '',   '`{name}` is computed from itself', 'break the circle'),
  MAP_NO_HOME:                 row('error',   'analyst', 'after-fix', 0,   '',   '`{name}` is bound but no class takes it', 'give it an attribute, `carry` it, mark it `local`, or put the element under `ignore` with a `why`'),
  MAP_NO_SOURCE:               row('warning', 'analyst', 'after-fix', 0,   '',   '{unit} cannot be written without {id}, and nothing of this map writes it', 'bind it, or give it a constant under `fixed` or a `local` default'),
  MAP_NO_KEY:                  row('warning', 'analyst', 'after-fix', 0,   '',   '{class} is told from its siblings by {key}, which this map does not state', 'bind the key, or let the group occur once'),
  MAP_NO_ROOM:                 row('warning', 'analyst', 'after-fix', 0,   '',   'group `{group}` occurs up to {max} times, but there is one {class}', 'bind a class that may repeat, or let the group occur once'),
  MAP_NARROWS:                 row('info',    'analyst', 'after-fix', 0,   '',   '`{name}` holds {wire} characters, {path} at most {max}', 'nothing, where no sender states more; else restrict the text, or widen the dictionary'),
  MAP_NO_WHY:                  row('error',   'analyst', 'after-fix', 0,   '',   'what is ignored needs a `why`', 'say why nothing is lost by ignoring it'),
  MAP_NO_BASE:                 row('error',   'analyst', 'after-fix', 0,   '',   'the dialect extends `{name}`, which is not there', 'name a map of kind `message`, with the version it was made for'),
  MAP_DIALECT_TARGET:          row('error',   'analyst', 'after-fix', 0,   '',   'the base has nothing at `{target}`{suggestion}', 'write the path with its qualifiers, as `map lint` prints it'),
  MAP_DIALECT_WIDENS:          row('error',   'analyst', 'after-fix', 0,   '',   '`restrict` may only shrink: {problem}', 'move it under `extend`'),
  MAP_DIALECT_TWICE:           row('warning', 'analyst', 'after-fix', 0,   '',   '`{target}` is changed twice, in the same way', 'say it once'),
  MAP_DICTIONARY:              row('error',   'analyst', 'after-fix', 0,   '',   'the map is written for dictionary `{stated}`, this is `{loaded}`', 'check the map against the dictionary and pin its version'),

  // ── maps: a message meets a map ──────────────────────────────────────────────────────────────────────────────────
  MAP_NONE:                    row('error',   'operator','after-fix', 422, '',   'no map reads {what}{suggestion}', 'add a map for it, or send a message that one of the maps reads'),
  MAP_NO_NODE:                 row('warning', 'analyst', 'after-fix', 0,   '',   '{unit} has no place in the map here', 'map it, or put it under `ignore` with a `why`'),
  MAP_NOT_BOUND:               row('warning', 'analyst', 'after-fix', 0,   '',   '`{value}` is not bound', 'bind the element, or put it under `ignore` with a `why`'),
  MAP_FIXED_DIFFERS:           row('warning', 'analyst', 'after-fix', 0,   '',   '`{value}` stands where the map expects {expected}', 'a dialect may state another constant'),
  MAP_VALUE:                   row('error',   'sender',  'never',     0,   '',   '`{value}` cannot be read: {reason}', 'correct the value and send again'),
  MAP_HALF_A_VALUE:            row('warning', 'sender',  'never',     0,   '',   '`{value}` says nothing without {missing}', 'send both or neither'),
  MAP_LOCAL:                   row('info',    'analyst', 'after-fix', 0,   '',   '`{value}` is local to this format', 'nothing: the map says that it has no common meaning'),
  MAP_TOO_MANY:                row('error',   'sender',  'never',     0,   '',   '{unit} occurs more than {max} times', 'send no more than the map allows'),
  MAP_MISSING:                 row('error',   'sender',  'never',     0,   '',   '{unit} is missing', 'send it: the map cannot do without'),
  MAP_ELEMENT_MISSING:         row('error',   'sender',  'never',     0,   '',   '{unit} cannot be written without {id}, and nothing was stated for it', 'state it; the directory does not let the segment go without'),
  MAP_DERIVED_DIFFERS:         row('warning', 'sender',  'never',     0,   '',   '{reason}', 'count again; the computed value is used'),
  MAP_NOTE:                    row('info',    'analyst', 'after-fix', 0,   '',   '{note}', 'nothing, where it is meant so'),
  MAP_KEY_MISSING:             row('warning', 'sender',  'never',     0,   '',   '{class} has no {key}', 'state it: without it the entry cannot be told from its siblings'),
  MAP_KEY_DUPLICATE:           row('warning', 'sender',  'never',     0,   '',   '{class} `{key}` occurs twice', 'state each once'),
  MAP_REFERENCE_UNRESOLVED:    row('warning', 'sender',  'never',     0,   '',   '{class} refers to `{key}`, which is not declared', 'declare it, or correct the reference'),
  MAP_MERGE_CONFLICT:          row('error',   'sender',  'never',     0,   '',   '{path} is `{first}` in one copy and `{second}` in another', 'the copies of one thing must agree'),
  MAP_NO_ELEMENT:              row('warning', 'analyst', 'after-fix', 0,   '',   '{path} has no element in {map}', 'nothing, where the target need not know it; else extend the map'),
  MAP_NOT_REPRESENTABLE:       row('warning', 'analyst', 'after-fix', 0,   '',   '`{value}` cannot be written: {reason}', 'the target cannot hold the value as it was stated'),
  MAP_TARGET_FIXED:            row('warning', 'analyst', 'after-fix', 0,   '',   '{path} is `{value}`, the target always says `{fixed}`', 'nothing, where the two mean the same; else map the value'),
  MAP_STATED:                  row('info',    'sender',  'never',     0,   '',   '{path} was stated as `{value}`', 'correct the value where it was stated'),
  MAP_BUILD_REFUSED:           row('error',   'analyst', 'after-fix', 422, '',   '{map} cannot be built: {reason}', 'correct the message, or the map'),

  // ── validation ───────────────────────────────────────────────────────────────────────────────────────────────────
  XSD_SCHEMA:                  row('error',   'operator','after-fix', 500, '',   'schema {schema} cannot be used: {message}', 'mend the schema, or what it imports'),
  XSD_NOT_WELL_FORMED:         row('error',   'sender',  'never',     0,   '',   'the document is no well-formed XML: {message}', 'send well-formed XML'),
  XSD_INVALID:                 row('error',   'analyst', 'after-fix', 0,   '',   '{message}', 'the schema demands it: correct the data, or the map that writes the element'),
  XSD_MORE:                    row('error',   'analyst', 'after-fix', 0,   '',   '{count} more findings of the schema are not listed', 'correct those listed first; one cause often has many findings'),
  CONFORM_VALUE:               row('error',   'sender',  'never',     0,   '',   '{path} {reason}', 'state a value of the type the dictionary gives'),
  CONFORM_REQUIRED:            row('error',   'sender',  'never',     0,   '',   '{path} is missing in {owner}', 'state it: the dictionary requires it there'),
  CONFORM_REPEATED:            row('error',   'sender',  'never',     0,   '',   '{path} stands {count} times in one {owner}, it may stand once', 'state it once, or use the class that may repeat'),
  CONFORM_CODE:                row('warning', 'sender',  'never',     0,   '',   '{path}: `{code}` {reason}', 'state a code of the list ({list}) that is valid on the date of the document; `portolan codes search` finds it'),
  CONFORM_PROFILE:             row('error',   'sender',  'never',     0,   '',   '{path}: {reason}', 'the agency demands it in its profile'),
  RULE_BROKEN:                 row('error',   'sender',  'never',     0,   '',   '{rule}: {message}', 'correct what the rule speaks of and send the message anew; `portolan rules show {rule}` prints the rule and its source'),
  RULE_FACT:                   row('info',    'sender',  'never',     0,   '',   '{path} is `{value}`', 'one of the facts that the finding rests on'),
  RULE_PATH:                   row('error',   'analyst', 'after-fix', 0,   '',   '{rule}: there is no class `{path}`{suggestion}', 'name a class of the dictionary: `portolan dictionary search` finds it'),
  RULE_EXPRESSION:             row('error',   'analyst', 'after-fix', 0,   '',   '{rule}: {key}: {message}', 'the language of rules is described in schemas/rules/README.md'),
  RULE_EXAMPLE:                row('error',   'analyst', 'after-fix', 0,   '',   '{rule} {what}', 'an example shows what the rule means: mend the rule or the example'),
  RULE_NOT_ASKED:              row('warning', 'operator', 'after-fix', 0, '',   '{agency}: {rules} look at what it may not see, and are not asked for it', 'grant what they look at, or leave them out of the profile'),

  // ── partners, configuration, routes ──────────────────────────────────────────────────────────────────────────────
  CONFIG_FILE_MISSING:         row('error',   'operator', 'after-fix', 0,  '',   'the configuration folder has no {file}', 'write it; `samples/gateway/` shows one'),
  CONFIG_YAML:                 row('error',   'operator', 'after-fix', 0,  '',   '{message}', 'mend the YAML; anchors, aliases, merge keys, tags and duplicate keys are not allowed'),
  CONFIG_UNKNOWN_KEY:          row('error',   'operator', 'after-fix', 0,  '',   '{where} has no key `{key}`', 'take it out, or correct its spelling; the keys are in `schemas/config/`'),
  CONFIG_KEY_MISSING:          row('error',   'operator', 'after-fix', 0,  '',   '{where} lacks the key `{key}`', 'add it; the keys are in `schemas/config/`'),
  CONFIG_VALUE:                row('error',   'operator', 'after-fix', 0,  '',   '{where} {message}', 'write a value that the schema allows; secrets are `sha256:` hashes, `env:NAME` or `file:PATH`, never values'),
  CONFIG_UNKNOWN_NAME:         row('error',   'operator', 'after-fix', 0,  '',   'there is no {what} `{name}`', 'correct the name, or add what it names'),
  CONFIG_DUPLICATE:            row('error',   'operator', 'after-fix', 0,  '',   'the {what} `{id}` is taken', 'give each party an {what} of its own'),
  CONFIG_DEMO_KEY:             row('warning', 'operator', 'after-fix', 0,  '',   'the key `{key}` is public: it stands in the sample configuration', 'replace it before anyone else can reach the gateway: `keys: [sha256:…]`'),
  CONFIG_DEMO_KEY_EXPOSED:     row('error',   'operator', 'after-fix', 0,  '',   'a gateway with public demonstration keys may not listen on `{host}`', 'replace the `demo` keys, or listen on 127.0.0.1'),
  GRANT_UNKNOWN_PATH:          row('error',   'operator', 'after-fix', 0,  '',   'the dictionary has nothing under `{path}`', 'write `Class/Path.Attribute`, `Class/Path.*` or `Class/Path/**`; `portolan dictionary` lists the paths'),
  GRANT_WITHOUT_KEY:           row('error',   'operator', 'after-fix', 0,  '',   '`{path}` is granted without the key of its row: {missing}', 'grant the key too, or nothing of that row'),
  GRANT_SHORT_OF_PROFILE:      row('error',   'operator', 'after-fix', 0,  '',   'the profile `{profile}` cannot be filled without {missing}', 'grant what the profile requires, or choose another profile'),
  ROUTE_NO_AGENCY:             row('warning', 'operator', 'after-fix', 422, '',  'no route takes {map} from {partner} to an agency', 'add a route in `routes/` for what comes from then on; this message is sent again under a new reference'),

  // ── answers ──────────────────────────────────────────────────────────────────────────────────────────
  ANSWER_NOT_EXPECTED:         row('error',   'agency',  'never',     422, '',   '{agency} does not answer with messages of {map}', 'send what the profile of the agency names under `answers`; nothing else is taken from an agency'),
  ANSWER_UNMATCHED:            row('warning', 'agency',  'never',     0,   '',   'no message that was delivered to the agency goes by {names}', 'state the number of the declaration as it was delivered, or the one that was given to it in a former answer'),
  ANSWER_POINTER_SECTION:      row('warning', 'agency',  'never',     0,   '',   'the pointer {pointer} leads nowhere: there is no section {section} in {class}', 'name the sections by their WCO id, from the document inward'),
  ANSWER_POINTER_INSTANCE:     row('warning', 'agency',  'never',     0,   '',   'the pointer {pointer} leads nowhere: {class} number {sequence} is not there, there are {count}', 'count the sections as they stand in the document that was delivered, from 1'),
  ANSWER_POINTER_AMBIGUOUS:    row('warning', 'agency',  'never',     0,   '',   'the pointer {pointer} does not say which of {count} {class} it means', 'state the sequence number of the section'),
  ANSWER_POINTER_TAG:          row('warning', 'agency',  'never',     0,   '',   'the pointer {pointer} ends at {class}: it has no element {tag}', 'name the element by its WCO id'),
  ANSWER_POINTER_WORDS:        row('info',    'agency',  'never',     0,   '',   'the pointer `{location}` names no section', 'name the sections by their WCO id; what is said in words is passed on in words'),

  // ── store and evidence ───────────────────────────────────────────────────────────────────────────────────────────
  STORE_LOCKED:                row('fatal',   'operator', 'after-fix', 503, '',  'the data folder {folder} is in use by another process', 'stop the other gateway, or name another folder with --data'),
  STORE_NEWER:                 row('fatal',   'operator', 'after-fix', 503, '',  'the data folder {folder} was written by a newer program (schema {found}, this one knows {known})', 'start the newer program, or restore a backup made before the update'),
  STORE_ABSENT:                row('error',   'operator', 'after-fix', 0,   '',  'there is no store in {folder}', 'name the folder of a gateway with --data, or start one with `portolan serve --data {folder}`'),
  STORE_KEYS_MISSING:          row('fatal',   'operator', 'after-fix', 503, '',  'the store in {folder} has no {key}', 'put the keys folder of this gateway back; it is kept apart from the backups, and without it content cannot be read'),
  STORE_KEYS_WRONG:            row('fatal',   'operator', 'after-fix', 503, '',  'the keys in {folder} are not those of its store', 'put the keys folder of this gateway back'),
  STORE_DISK_FULL:             row('error',   'operator', 'backoff',   503, '',  'the disk of {folder} is full', 'free space; nothing was accepted that is not stored'),
  STORE_READ_ONLY:             row('error',   'operator', 'after-fix', 503, '',  'the data folder {folder} cannot be written', 'check the mount and the owner of the folder'),
  STORE_BUSY:                  row('error',   'operator', 'backoff',   503, '',  'the database in {folder} is busy', 'wait; another program holds its write lock'),
  STORE_FAULT:                 row('fatal',   'operator', 'halt',      503, '',  'the database in {folder} failed: {message}', 'the state is uncertain, nothing more is accepted: check the disk, then restart; the start verifies the last checkpoint'),
  STORE_HALTED:                row('error',   'operator', 'halt',      503, '',  'the store stopped accepting after a fault', 'see the first fault in the log, then restart'),
  STORE_BATCH:                 row('bug',     'us',       'never',     500, '',  'a batch contradicts itself: {message}', 'report it'),
  STORE_CONTENT_BROKEN:        row('error',   'operator', 'halt',      500, '',  'content {content} cannot be opened: {message}', 'run `portolan verify --data`, and restore from a backup'),
  EVIDENCE_NOTHING:            row('error',   'sender',   'never',     404, '',  'there is no evidence of {subject} that may be shown', 'check the id'),
  EVIDENCE_NOT_A_BUNDLE:       row('error',   'sender',   'never',     0,   '',  'not an evidence bundle: {message}', 'give the evidence.zip as it was handed out'),
  EVIDENCE_BUNDLE_BYTES:       row('error',   'sender',   'never',     0,   '',  'the archive was changed at byte {offset}: {part}', 'ask for the bundle again'),
  EVIDENCE_BROKEN:             row('error',   'operator', 'halt',      0,   '',  '{part}: {message}', 'keep the store as it is and compare it with a backup'),
  EVIDENCE_LOG_BROKEN:         row('fatal',   'operator', 'halt',      503, '',  'the log does not match its last checkpoint: {message}', 'run `portolan verify --data {folder}` to see what was changed, and restore from a backup'),
  EVIDENCE_ROLLED_BACK:        row('fatal',   'operator', 'halt',      503, '',  'the store has {found} entries, but a checkpoint over {published} was already given out', 'an older copy was put back: restore the newest one; a log that continues from here would contradict its receipts'),
  EVIDENCE_ERASED:             row('info',    'operator', 'never',     0,   '',  '{part} was erased; its proof still verifies', 'nothing to do'),

  // ── web and gateway ──────────────────────────────────────────────────────────────────────────────────────────────
  GATEWAY_NO_MESSAGE:          row('error',   'sender',  'never',     422, '13', 'the interchange holds no message', 'send at least one message between the header and the trailer'),
  GATEWAY_NOT_READ:            row('error',   'us',      'after-fix', 0,   '',   'the interchange could not be translated: {reason}', 'an operator has been told; once the cause is mended, send the same bytes again'),
  GATEWAY_TRANSLATOR_DOWN:     row('error',   'us',      'backoff',   0,   '',   'no thread could be started to translate', 'look at the log for the cause; translation goes on by itself once it is mended'),
  GATEWAY_UNKNOWN_SENDER:      row('error',   'sender',  'never',     403, '23', 'the interchange names `{sender}` as its sender, which is not an identity of {partner}', 'send with the identity that was agreed, or have the operator add it to `partners/{partner}.yaml`'),
  GATEWAY_NOT_FOR_US:          row('error',   'sender',  'never',     422, '7',  'the interchange is addressed to `{recipient}`', 'address it to {expected}'),
  GATEWAY_DUPLICATE:           row('error',   'sender',  'never',     409, '26', 'the reference `{reference}` was used before, by {previous}', 'nothing was processed under it; use a new reference, or send the same bytes again to get the first receipt'),
  GATEWAY_TOO_MANY:            row('error',   'sender',  'never',     413, '',   'the body holds more than {limit} interchanges', 'send them in several bodies'),
  GATEWAY_BUSY:                row('error',   'operator','backoff',   503, '',   '{reason}', 'send the same bytes again after the time in `Retry-After`; nothing was stored'),
  WEB_REQUEST:                 row('error',   'sender',  'never',     400, '',   '{message}', 'correct the request; /docs describes every call'),
  WEB_BODY_EMPTY:              row('error',   'sender',  'never',     400, '',   'the request has no body', 'send the interchange itself as the body: `curl --data-binary @FILE`'),
  WEB_KEY_MISSING:             row('error',   'sender',  'never',     401, '',   'the request carries no key', 'send the header `Authorization: Bearer KEY`'),
  WEB_KEY_UNKNOWN:             row('error',   'sender',  'never',     401, '',   'the key is not known here', 'ask the operator for a key; it is sent as `Authorization: Bearer KEY`'),
  WEB_NOT_ALLOWED:             row('error',   'sender',  'never',     403, '',   '{who} may not {what}', 'use a key that may; the operator decides in the configuration folder'),
  WEB_NOT_FOUND:               row('error',   'sender',  'never',     404, '',   'there is nothing at {path} that this key may see', 'check the id; /docs lists every call'),
  WEB_METHOD:                  row('error',   'sender',  'never',     405, '',   '{method} is not for {path}', 'use {allowed}'),
  WEB_MEDIA:                   row('error',   'sender',  'never',     415, '',   '{what} is not taken here', '{remedy}'),
  WEB_TIMEOUT:                 row('error',   'sender',  'backoff',   408, '',   'the request did not arrive in time', 'send it again, over a faster line or in smaller interchanges'),
  WEB_BODY_TOO_LARGE:          row('error',   'sender',  'never',     413, '',   'the body is larger than {limit} bytes', 'split the interchange'),
  WEB_KEY_REUSED:              row('error',   'sender',  'never',     422, '',   'the Idempotency-Key was used before with another body', 'use a new key for a new body'),
  WEB_UPLOADS:                 row('error',   'sender',  'backoff',   429, '',   'more than {limit} bodies are being sent here at a time', 'let those that are under way come to their end first, or send on one connection one after the other'),
  WEB_RATE:                    row('error',   'sender',  'backoff',   429, '',   'more than {limit} requests a second', 'slow down; `Retry-After` says when the next request is welcome'),

  // ── command line ─────────────────────────────────────────────────────────────────────────────────────────────────
  CLI_USAGE:                   row('error',   'operator','never',     0,   '',   '{message}', 'see `{help}`'),
  CLI_FILE:                    row('error',   'operator','never',     0,   '',   '{path}: {reason}', 'check the name and the rights of the file'),
  CLI_ADDRESS:                 row('error',   'operator','after-fix', 0,   '',   'cannot listen on {address}: {reason}', 'name another port with --port or another address with --host, or end the program that listens there'),
  CLI_UNREACHABLE:             row('error',   'operator','backoff',   0,   '',   'no gateway answers at {url}: {reason}', 'start it with `portolan serve`, or name it with --url'),
  CLI_HELD:                    row('error',   'operator','after-fix', 0,   '',   '{count} losses: the output is held in {path}', 'look at the losses; --policy send lets them pass'),
  CLI_ONE_DOCUMENT:            row('error',   'operator','never',     0,   '',   'XML takes one message to a document, and there are more', 'write to a folder: --out DIR/'),

  // ── any room
  FINDINGS_MORE:               row('info',    'sender',  'never',     0,   '',   '{count} more findings {code}', 'mend the first ones and send again'),

  // ── defects of ours ──────────────────────────────────────────────────────────────────────────────────────────────
  BUG:                         row('bug',     'us',      'halt',      500, '',   'a defect of ours: {id}', 'keep the input and report the id'),
} as const satisfies Record<string, CodeRow>;

export type Code = keyof typeof codes;
