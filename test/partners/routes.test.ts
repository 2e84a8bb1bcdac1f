import t from 'tap';
import { decideDeliveries, type Route } from '../../src/partners/routes.ts';
import { rowsOf } from './fixture.ts';

const rows = rowsOf({
  Declaration: [{ ID: '1', Consignment: [{ UnloadingLocation: [{ ID: 'DEHAM' }] }, { Consignment: [{ UnloadingLocation: [{ ID: 'NLRTM' }] }] }] }],
});
const document = { map: 'un/cuscar/d95b/lot10', partner: 'blue-anchor', rows };
const where = (condition: object): Route => ({
  route: 'r',
  when: { where: [{ path: 'Declaration/Consignment+/UnloadingLocation.ID', ...condition }] },
  to: ['a'],
});

t.test('a route is met where all its conditions are', async (t) => {
  const cases: readonly (readonly [string, Route, boolean])[] = [
    ['no condition', { route: 'r', to: ['a'] }, true],
    ['the map', { route: 'r', when: { maps: ['un/cuscar/d95b/lot10'] }, to: ['a'] }, true],
    ['a map above it', { route: 'r', when: { maps: ['un/cuscar'] }, to: ['a'] }, true],
    ['a name that only begins alike', { route: 'r', when: { maps: ['un/cus'] }, to: ['a'] }, false],
    ['the partner', { route: 'r', when: { partners: ['blue-anchor'] }, to: ['a'] }, true],
    ['another partner', { route: 'r', when: { partners: ['quay-net'] }, to: ['a'] }, false],
    ['a country, in a nested consignment', where({ country: ['NL'] }), true],
    ['a country that no consignment has', where({ country: ['ZA'] }), false],
    ['a value', where({ in: ['DEHAM'] }), true],
    ['a value in part', where({ in: ['DEHA'] }), false],
    ['any value', where({ present: true }), true],
    ['one condition of two', { route: 'r', when: { partners: ['blue-anchor'], maps: ['wco'] }, to: ['a'] }, false],
  ];
  for (const [what, route, met] of cases) t.equal(decideDeliveries(document, [route]).length === 1, met, what);
});

t.test('a reason tells no list: who is shown it is not shown whom else a route names', (t) => {
  const cases: readonly (readonly [when: object, reason: string])[] = [
    [{ country: ['NL', 'BE'] }, 'one of 2 values'],
    [{ in: ['BEANR', 'NLRTM', 'FRLEH'] }, 'one of 3 values'],
    [{ in: ['NLRTM'] }, 'one of NLRTM'],
    [{ present: true }, 'present'],
  ];
  for (const [when, reason] of cases)
    t.same(
      decideDeliveries(document, [where(when)]).flatMap(({ reasons }) => reasons),
      [`r: Declaration/Consignment+/UnloadingLocation.ID is ${reason}`],
    );
  t.end();
});

t.test('an agency is told once, with every reason', async (t) => {
  const routes: Route[] = [
    { route: 'all', to: ['customs', 'port-health'] },
    { ...where({ country: ['NL'] }), route: 'arrivals', to: ['port-health'] },
  ];
  t.same(decideDeliveries(document, routes), [
    { agency: 'customs', reasons: ['all: every document'], policy: 'hold' },
    { agency: 'port-health', reasons: ['all: every document', 'arrivals: Declaration/Consignment+/UnloadingLocation.ID is one of NL'], policy: 'hold' },
  ]);
});

t.test('of several routes to one agency the most careful decides what becomes of losses', async (t) => {
  const cases: [policies: (Route['policy'] | undefined)[], policy: string][] = [
    [[undefined], 'hold'],
    [['send'], 'send'],
    [['send', 'fail'], 'fail'],
    [['send', undefined], 'hold'],
  ];
  for (const [policies, policy] of cases) {
    const routes = policies.map((each, i): Route => ({ route: `r${i}`, to: ['customs'], ...(each ? { policy: each } : {}) }));
    t.equal(decideDeliveries(document, routes)[0]?.policy, policy);
  }
});

t.test('removed rows meet nothing', async (t) => {
  const gone = rowsOf({ Declaration: [{ Consignment: [{ UnloadingLocation: [{ ID: 'NLRTM' }] }] }] });
  gone.remove(0);
  t.same(decideDeliveries({ ...document, rows: gone }, [where({ country: ['NL'] })]), []);
});
