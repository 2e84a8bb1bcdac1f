import { atomKey, type Unit } from '../../src/syntax/unit.ts';

type Made = Record<string, unknown>;

/** What somebody would write who has one kind of manifest to read and nothing to account for: the least that mapping can cost. */
export function byHand(units: readonly Unit[]): Made {
  const declaration: Made = {};
  let means: Made = {};
  let equipment: Made = {};
  let bill: Made | undefined;
  let item: Made = {};
  let packaging: Made = {};
  for (const unit of units) {
    switch (unit.tag) {
      case 'BGM':
        declaration['TypeCode'] = value(unit, 1, 1);
        declaration['ID'] = value(unit, 2, 1);
        declaration['FunctionCode'] = value(unit, 3, 1);
        break;
      case 'DTM':
        if (value(unit, 1, 1) === '137') declaration['IssueDateTime'] = dateTime(value(unit, 1, 2)!);
        else means['ArrivalDateTime'] = dateTime(value(unit, 1, 2)!);
        break;
      case 'RFF':
        if (bill) bill['TransportContractDocument'] = { TypeCode: documents.get(value(unit, 1, 1)!), ID: value(unit, 1, 2) };
        else declaration['AdditionalDocument'] = [{ TypeCode: value(unit, 1, 1), ID: value(unit, 1, 2) }];
        break;
      case 'NAD': {
        const role = value(unit, 1, 1)!;
        if (role === 'MS') declaration['Party'] = [{ RoleCode: role, ID: value(unit, 2, 1) }];
        else bill![role === 'CZ' ? 'Consignor' : 'Consignee'] = party(unit);
        break;
      }
      case 'TDT':
        means = { StageCode: value(unit, 1, 1), JourneyID: value(unit, 2, 1), ModeCode: value(unit, 3, 1), ID: value(unit, 8, 1), Name: value(unit, 8, 4) };
        means['Carrier'] = { ID: value(unit, 5, 1), Name: value(unit, 5, 4) };
        declaration['BorderTransportMeans'] = [means];
        break;
      case 'LOC':
        if (!bill) means['Itinerary'] = [{ TypeCode: value(unit, 1, 1), ID: value(unit, 2, 1) }];
        else bill[value(unit, 1, 1) === '9' ? 'LoadingLocation' : 'UnloadingLocation'] = { ID: value(unit, 2, 1) };
        break;
      case 'GIS':
        (bill ?? declaration)['ProcessingIndicator'] = [{ Code: value(unit, 1, 1) }];
        break;
      case 'EQD':
        equipment = { TypeCode: value(unit, 1, 1), ID: value(unit, 2, 1), CharacteristicCode: value(unit, 3, 1), CharacteristicListCode: value(unit, 3, 2) };
        equipment['ImportExportStatusCode'] = value(unit, 5, 1);
        equipment['FullnessCode'] = value(unit, 6, 1);
        declaration['TransportEquipment'] = [equipment];
        break;
      case 'MEA': {
        const measure = { value: value(unit, 3, 2), unit: value(unit, 3, 1) };
        if (bill) item['GoodsMeasure'] = { GrossMassMeasure: measure };
        else equipment['Measure'] = [{ PurposeCode: value(unit, 1, 1), TypeCode: value(unit, 2, 1), Measure: measure }];
        break;
      }
      case 'SEL':
        equipment['Seal'] = [{ ID: value(unit, 1, 1), SealingPartyCode: value(unit, 2, 1) }];
        break;
      case 'CNI':
        bill = {};
        declaration['Consignment'] = [{ TransportContractDocument: { ID: value(unit, 2, 1) }, Consignment: [bill] }];
        break;
      case 'CNT':
        if (value(unit, 1, 1) === '7') bill!['TotalGrossMassMeasure'] = { value: value(unit, 1, 2), unit: value(unit, 1, 3) };
        else bill!['TotalPackageQuantity'] = value(unit, 1, 2);
        break;
      case 'GID':
        packaging = { QuantityQuantity: value(unit, 2, 1), TypeCode: value(unit, 2, 2) };
        item = { SequenceNumeric: value(unit, 1, 1), Packaging: [packaging] };
        bill!['ConsignmentItem'] = [item];
        break;
      case 'FTX':
        item['Commodity'] = { CargoDescription: `${value(unit, 4, 1)}\n${value(unit, 4, 2)}` };
        break;
      case 'SGP':
        item['TransportEquipment'] = [{ ID: value(unit, 1, 1), QuantityQuantity: value(unit, 2, 1) }];
        break;
      case 'PCI':
        packaging['MarkingInstructionCode'] = value(unit, 1, 1);
        packaging['MarksNumbersID'] = `${value(unit, 2, 1)}\n${value(unit, 2, 2)}`;
    }
  }
  return declaration;
}

const documents = new Map([
  ['BM', '705'],
  ['AWB', '740'],
]);

function party(unit: Unit): Made {
  const address = { Line: value(unit, 5, 1), CityName: value(unit, 6, 1), PostcodeID: value(unit, 8, 1), CountryCode: value(unit, 9, 1) };
  return { ID: value(unit, 2, 1), Name: value(unit, 4, 1), Address: address };
}

function value(unit: Unit, element: number, component: number): string | undefined {
  const key = atomKey(element, component);
  for (let atom = 0; atom < unit.size; atom++) if (unit.keys[atom] === key) return unit.text(atom);
  return undefined;
}

const dateTime = (text: string): string => `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}T${text.slice(8, 10)}:${text.slice(10, 12)}`;
