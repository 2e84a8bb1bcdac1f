import type { State } from '../../store/state.ts';
import type { Step } from '../../store/store.ts';
import type { MessageDetail } from '../outcome/outcome.ts';

/** Whether a step belongs to the story of a message: what answers other interchanges of the same body does not. */
export function isOfStory({ detail }: State): (step: Step) => boolean {
  const { within = 1 } = (detail ?? {}) as Partial<MessageDetail>;
  return ({ record }) => {
    if (record?.kind !== 'acknowledged' || record.message !== undefined || !record.content) return true;
    const [, number = '1'] = /^(?:contrl|acknowledgement|errors)(?:-(\d+))?(?:~\d+)?$/.exec(record.content.stage) ?? [];
    return number === String(within);
  };
}
