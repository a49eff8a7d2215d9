// Other features take the numbering plan from here.
export { maskPhone, normalisePhone, openPhone, sealPhone, usualProvider, type Msisdn } from "./phone.ts";
export { closeAccount, eraseAccounts } from "./close.ts";
export { readProfile, updateProfile } from "./profile.ts";
