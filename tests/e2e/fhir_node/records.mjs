// What both programs write, and how they learn that they were refused.
export const LOINC = "http://loinc.org";
export const SYSTEM = "urn:oid:1.2.250.1.213.1.4.2";

export const patient = (identifier, family) => ({
  resourceType: "Patient",
  identifier: [{ system: SYSTEM, value: identifier }],
  name: [{ family, given: ["Zoé"] }],
  gender: "female",
  birthDate: "1974-12-25",
});

export const weight = (subject, day) => ({
  resourceType: "Observation",
  status: "final",
  code: { coding: [{ system: LOINC, code: "29463-7" }], text: "Poids" },
  subject: { reference: `Patient/${subject}` },
  effectiveDateTime: `2026-03-0${day}`,
  valueQuantity: { value: 60 + day, unit: "kg", system: "http://unitsofmeasure.org", code: "kg" },
});

// The error of what must fail.
export const refused = async (doing) => {
  try {
    await doing;
  } catch (error) {
    return error;
  }
  throw new Error("accepted, and should not have been");
};
