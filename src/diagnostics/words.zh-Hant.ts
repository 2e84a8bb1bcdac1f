/** What sentences are filled in with, where it is a word of ours: arguments of these names are no names or values of others. */
const filled: ReadonlySet<string> = new Set([
  'fault', 'how', 'message', 'next', 'now', 'base', 'of', 'parts', 'problem', 'reason', 'remedy', 'type', 'verb', 'what', 'where', 'window',
]); // prettier-ignore

/** Traditional Chinese of the words and short sentences that findings are filled in with, each whole. What is not here stays as it is. */
const words: Readonly<Record<string, string>> = {
  // parts of messages
  segment: '區段', segments: '區段', 'a segment': '一個區段', message: '訊息', messages: '訊息', 'the message': '本訊息', interchange: '交換檔',
  'the interchange': '本交換檔', group: '群組', groups: '群組', element: '資料元', elements: '資料元', 'data elements': '資料元', 'an element': '一個資料元',
  component: '組成資料元', components: '組成資料元', 'a component': '一個組成資料元', repetitions: '重複', bytes: '位元組', documents: '文件', records: '記錄',
  'records in one message': '單一訊息的記錄數', 'bytes in one record': '單一記錄的位元組數', 'transaction sets': '交易集', 'transaction set': '交易集',
  'at the end': '於結尾', 'before this record': '於此記錄之前', 'a number': '數字', letters: '字母',
  // changes
  added: '新增', deleted: '刪除', replaced: '取代', 'left as it is': '維持不變', changed: '變更',
  // maps and configuration
  map: '對映檔', part: '組件', 'code table': '代碼表', '`ignore` entry': '`ignore` 項目', bound: '繫結', 'given to an attribute': '指派給屬性', partner: '夥伴', agency: '機關',
  route: '路由', profile: '規格', rule: '規則', 'set of rules': '規則集', scenario: '情境', 'set of scenarios': '情境集', webhook: '網路掛鉤',
  deviation: '偏差', attribute: '屬性', code: '代碼', column: '欄', key: '金鑰', id: '識別碼', 'sender identity': '發送方識別碼', certificate: '憑證',
  'the file': '本檔案', 'the first row': '首列', none: '無',
  // time
  month: '月', day: '日', hour: '時', minute: '分鐘', second: '秒',
  // requests
  'the request is not well-formed': '請求格式不符',
  'the connection ended before the body was complete': '連線在主體傳送完成前即已結束',
  'the body is no JSON': '內容並非 JSON',
  'the body is empty, though its Content-Type says JSON': '內容為空，而 Content-Type 稱其為 JSON',
  'the body is not as long as its Content-Length says': '內容長度與 Content-Length 不符',
  'the headers are too large': '標頭過大',
  'a part of the address is too long': '位址中有一段過長',
  'the address is not well-formed: after `%` there must be two hexadecimal digits': '位址格式不符：`%` 之後須為兩位十六進位數字',
  'this media type': '此媒體類型',
  'a form (multipart)': '表單（multipart）',
  'send JSON as `application/json`': '請以 `application/json` 傳送 JSON',
  'send the interchange itself as the body: `curl --data-binary @FILE`': '請直接以交換檔為內容：`curl --data-binary @FILE`',
  // why nothing is taken
  'the gateway is being stopped': '閘道正在停止',
  'the disk is full': '磁碟已滿',
  'the disk cannot be written': '磁碟無法寫入',
  'the store cannot write at present': '儲存庫目前無法寫入',
  'nothing is accepted until an operator has looked at the store': '在操作員檢查儲存庫之前不予受理',
  'the store does not answer at present': '儲存庫目前沒有回應',
  'this cannot be read until an operator has looked at the store': '在操作員檢查儲存庫之前無法讀取',
}; // prettier-ignore

/** An argument of a sentence as it is told in Chinese. */
export function wordInChinese(name: string, value: string): string {
  if (name === 'suggestion') return value.replace(/^, did you mean (`.*`)\?$/, '，是否為 $1？');
  return filled.has(name) && Object.hasOwn(words, value) ? words[value]! : value;
}
