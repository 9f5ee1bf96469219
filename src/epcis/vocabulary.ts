/** Words of the Core Business Vocabulary 2.0 (CBV sections 7.1 to 7.6) and of GS1's web vocabulary for sensors. */

/** A vocabulary: how its words look bare, as URN and as web URI, and which words the standard defines. */
export interface Vocabulary {
  /** `https://ref.gs1.org/cbv/BizStep-` and the like: the word follows. */
  web: string;
  /** `urn:epcglobal:cbv:bizstep:`; absent where no URN form exists. */
  urn?: string;
  words: ReadonlySet<string>;
}

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));
const CBV = 'https://ref.gs1.org/cbv/';
const URN = 'urn:epcglobal:cbv:';
const VOC = 'https://gs1.org/voc/';

export const BIZ_STEP: Vocabulary = {
  web: `${CBV}BizStep-`,
  urn: `${URN}bizstep:`,
  words: words(`accepting arriving assembling collecting commissioning consigning creating_class_instance cycle_counting
    decommissioning departing destroying disassembling dispensing encoding entering_exiting holding inspecting installing
    killing loading other packing picking receiving removing repackaging repairing replacing reserving retail_selling
    sampling sensor_reporting shipping staging_outbound stock_taking stocking storing transporting unloading unpacking
    void_shipping`),
};

export const DISPOSITION: Vocabulary = {
  web: `${CBV}Disp-`,
  urn: `${URN}disp:`,
  words: words(`active available completeness_inferred completeness_verified conformant container_closed container_open
    damaged destroyed dispensed disposed encoded expired in_progress in_transit inactive mismatch_class mismatch_instance
    mismatch_quantity needs_replacement no_pedigree_match non_conformant non_sellable_other partially_dispensed recalled
    reserved retail_sold returned sellable_accessible sellable_not_accessible stolen unavailable unknown`),
};

export const BIZ_TRANSACTION_TYPE: Vocabulary = {
  web: `${CBV}BTT-`,
  urn: `${URN}btt:`,
  words: words('bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt'),
};

export const SOURCE_DEST_TYPE: Vocabulary = {
  web: `${CBV}SDT-`,
  urn: `${URN}sdt:`,
  words: words('location owning_party possessing_party'),
};

export const ERROR_REASON: Vocabulary = {
  web: `${CBV}ER-`,
  urn: `${URN}er:`,
  words: words('did_not_occur incorrect_data'),
};

export const COMPONENT: Vocabulary = {
  web: `${CBV}Comp-`,
  words: words(`x y z altitude axial_distance azimuth easting elevation_angle height latitude longitude northing
    polar_angle spherical_radius`),
};

export const MEASUREMENT: Vocabulary = {
  web: VOC,
  words: words(`AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude AmountOfSubstance
    AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity Area Capacitance Conductance
    Conductivity Count Density Dimensionless DoseEquivalent DoseEquivalentRate DynamicViscosity ElectricCharge
    ElectricCurrent ElectricCurrentDensity ElectricFieldStrength Energy Exposure Force Frequency Illuminance Inductance
    Irradiance KinematicViscosity Length LinearMomentum Luminance LuminousFlux LuminousIntensity MagneticFlux
    MagneticFluxDensity MagneticVectorPotential Mass MassConcentration MassFlowRate MassPerAreaTime MemoryCapacity
    MolalityOfSolute MolarEnergy MolarMass MolarVolume Power Pressure RadiantFlux RadiantIntensity Radioactivity
    RelativeHumidity Resistance Resistivity SolidAngle SpecificVolume Speed SurfaceDensity SurfaceTension Temperature Time
    Torque Voltage Volume VolumeFlowRate VolumeFraction VolumetricFlux Wavenumber`),
};

export const SENSOR_ALERT: Vocabulary = { web: VOC, words: words('ALARM_CONDITION ERROR_CONDITION') };

/** Vocabularies with a URN form; their words are recognised in any value, since the URN names the vocabulary. */
const URN_FORMS = [BIZ_STEP, DISPOSITION, BIZ_TRANSACTION_TYPE, SOURCE_DEST_TYPE, ERROR_REASON];

/** `urn:epcglobal:cbv:disp:active` and its like as web URI; undefined for any other text. */
export function webUriOfUrn(text: string): string | undefined {
  if (!text.startsWith(URN)) return undefined;
  for (const { urn, web } of URN_FORMS) {
    if (urn !== undefined && text.startsWith(urn) && text.length > urn.length) return web + text.slice(urn.length);
  }
  return undefined;
}

/** The web URI of a bare word that `vocabulary` defines; any other text as it is. */
export const webUriOf = (vocabulary: Vocabulary, text: string): string =>
  vocabulary.words.has(text) ? vocabulary.web + text : text;

/** The bare word of a web URI or URN that names a word of `vocabulary`; any other text as it is. */
export function bareWordOf(vocabulary: Vocabulary, text: string): string {
  for (const prefix of [vocabulary.web, vocabulary.urn]) {
    if (prefix === undefined || !text.startsWith(prefix)) continue;
    const word = text.slice(prefix.length);
    if (vocabulary.words.has(word)) return word;
  }
  return text;
}
