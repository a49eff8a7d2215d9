// What a person reads when something is refused, by code and language. Says what to do next; never repeats the input.
import type { ErrorCode } from "./errors.ts";
import type { Locale } from "./lib/i18n.ts";

export const errorDetails: Record<ErrorCode, Record<Locale, string>> = {
  malformed_json: {
    sw: "Ombi halisomeki. Sasisha programu kisha ujaribu tena.",
    en: "The request cannot be read. Update the app and try again.",
  },
  invalid_request: { sw: "Baadhi ya taarifa ulizotuma si sahihi.", en: "Some of what you sent is not right." },
  idempotency_key_required: {
    sw: "Ombi hili linahitaji kichwa cha Idempotency-Key.",
    en: "This request needs an Idempotency-Key header.",
  },
  phone_invalid: {
    sw: "Andika namba ya simu ya mkononi ya Tanzania, mfano 0712 345 678.",
    en: "Enter a Tanzanian mobile number, for example 0712 345 678.",
  },
  not_found: { sw: "Unachotafuta hakipo hapa.", en: "There is nothing here." },
  method_not_allowed: { sw: "Ombi la aina hii halipokelewi hapa.", en: "This kind of request is not served here." },
  payload_too_large: { sw: "Ulichotuma ni kikubwa mno.", en: "The request is too large." },
  unsupported_media_type: {
    sw: "Ombi lazima liwe la aina ya application/json.",
    en: "The request must be of type application/json.",
  },
  idempotency_mismatch: {
    sw: "Idempotency-Key hii imeshatumika kwa ombi tofauti.",
    en: "This Idempotency-Key was used for a different request.",
  },
  idempotency_in_progress: {
    sw: "Ombi lako la kwanza bado linashughulikiwa. Subiri kidogo.",
    en: "Your first request is still being worked on. Wait a moment.",
  },
  rate_limited: {
    sw: "Umejaribu mara nyingi mno. Subiri kidogo kisha ujaribu tena.",
    en: "You have sent too many requests. Wait a little and try again.",
  },
  unauthenticated: { sw: "Tafadhali ingia kwanza.", en: "Please sign in first." },
  token_expired: {
    sw: "Muda wako wa kuingia umeisha. Ingia upya.",
    en: "Your sign-in has expired. Refresh it.",
  },
  refresh_invalid: { sw: "Tafadhali ingia tena.", en: "Please sign in again." },
  forbidden: { sw: "Akaunti yako hairuhusiwi kufanya hivi.", en: "Your account may not do this." },
  account_suspended: {
    sw: "Akaunti yako imesimamishwa. Bado unaweza kurudisha power bank na kurudishiwa pesa.",
    en: "Your account is suspended. You can still return a power bank and be refunded.",
  },
  account_closed: { sw: "Akaunti hii imefungwa.", en: "This account is closed." },
  session_unknown: { sw: "Kifaa hiki hakijaingia kwenye akaunti yako.", en: "No such sign-in." },
  otp_invalid: {
    sw: "Namba ya kuingia si sahihi, au muda wake umeisha.",
    en: "The code is not right, or it has expired.",
  },
  otp_ended: {
    sw: "Umekosea mara nyingi mno. Omba namba mpya ya kuingia.",
    en: "Too many wrong codes. Ask for a new one.",
  },
  otp_wait: {
    sw: "Tumekutumia namba ya kuingia sasa hivi. Subiri kidogo kabla ya kuomba nyingine.",
    en: "A code was sent a moment ago. Wait before you ask for another.",
  },
  ticket_invalid: {
    sw: "Tiketi ya taarifa za papo hapo si halali. Omba nyingine.",
    en: "The live ticket is not valid. Ask for a new one.",
  },
  station_unauthenticated: { sw: "Utambulisho wa kituo si halali.", en: "The station's token is not valid." },
  station_unknown: { sw: "Hakuna kituo chenye namba hii. Angalia namba tena.", en: "No such station. Check its code." },
  qr_expired: {
    sw: "Msimbo wa QR umepitwa na wakati. Skani tena kwenye skrini ya kituo.",
    en: "The QR code has expired. Scan the station's screen again.",
  },
  qr_invalid: {
    sw: "Msimbo huu wa QR si wa kituo hiki. Skani tena kwenye skrini ya kituo.",
    en: "This QR code is not of this station. Scan the station's screen again.",
  },
  screen_code_required: {
    sw: "Kituo hiki kinakubali QR ya kwenye skrini pekee. Skani skrini ya kituo kwa programu ya ChajiPoa.",
    en: "This station takes only the QR code on its screen. Scan the screen with the ChajiPoa app.",
  },
  station_closed: {
    sw: "Kituo kimefungwa kwa sasa. Kurudisha power bank unaweza muda wowote.",
    en: "This station is closed at this hour. Returns are always taken.",
  },
  station_unavailable: { sw: "Kituo hiki hakitoi huduma kwa sasa.", en: "This station is out of service." },
  station_offline: {
    sw: "Kituo hiki hakipatikani kwa sasa. Jaribu kituo kingine.",
    en: "This station cannot be reached right now. Try another one.",
  },
  no_power_bank: {
    sw: "Hakuna power bank yenye chaji hapa kwa sasa. Jaribu kituo kingine.",
    en: "There is no charged power bank here right now. Try another station.",
  },
  station_retired: { sw: "Kituo hiki kimeondolewa kabisa.", en: "This station was taken down for good." },
  station_code_taken: { sw: "Namba hii ya kituo inatumika tayari.", en: "Another station has this code." },
  station_not_empty: {
    sw: "Toa power bank zote kituoni kwanza, na usubiri ukodishaji unaoendelea uishe.",
    en: "Take the power banks out first, and let waiting rentals end.",
  },
  station_keys_full: {
    sw: "Kituo kina funguo mbili zinazotumika. Ondoa moja kwanza.",
    en: "Two keys of this station are valid. Retire one first.",
  },
  station_key_unknown: { sw: "Ufunguo huu haupo.", en: "This station has no such key." },
  station_key_last: {
    sw: "Huu ni ufunguo wa mwisho wa kituo. Ukiuondoa, kituo hakitaweza kuwasiliana nasi. Thibitisha kwanza.",
    en: "It is the station's last valid key. Confirm that the station falls silent.",
  },
  slot_unknown: { sw: "Kituo hakina nafasi hiyo.", en: "The station has no such slot." },
  bank_not_confirmed: {
    sw: "Nafasi ina power bank nyingine. Thibitisha iliyomo kwanza.",
    en: "The slot holds another power bank than was named. Confirm the one that is in it.",
  },
  command_unknown: { sw: "Agizo hili halijulikani.", en: "No order has this id." },
  bank_unknown: { sw: "Power bank hii haijulikani.", en: "No power bank has this id." },
  bank_state: {
    sw: "Hili haliwezekani mahali power bank ilipo sasa. Iliyokodishwa au iliyopotea irudishwe kituoni kwanza.",
    en: "This cannot be done where the power bank is. One that is rented or lost goes back into a station.",
  },
  tariff_unknown: { sw: "Bei hii haijulikani.", en: "No tariff has this id." },
  ticket_unknown: { sw: "Kazi hii haijulikani.", en: "No ticket has this id." },
  ticket_closed: { sw: "Kazi hii imefungwa. Ifungue upya kwanza.", en: "The ticket is closed. Open it again first." },
  assignee_unknown: {
    sw: "Hakuna mhudumu mwenye kitambulisho hicho.",
    en: "No agent, support or admin has this id.",
  },
  rental_unknown: { sw: "Hatuoni ukodishaji huu.", en: "No such rental." },
  rental_already_open: {
    sw: "Tayari una power bank. Irudishe kwanza.",
    en: "You already have a power bank. Return it first.",
  },
  rental_not_active: {
    sw: "Ukodishaji huu hauendelei sasa.",
    en: "This rental is not running.",
  },
  extension_unavailable: {
    sw: "Huwezi kuongeza muda zaidi kwa ukodishaji huu. Rudisha power bank kwenye kituo chochote.",
    en: "No more time can be added to this rental. Return the power bank at any station.",
  },
  dispute_unknown: { sw: "Hatuoni malalamiko haya.", en: "No such dispute." },
  dispute_open: {
    sw: "Malalamiko yako kuhusu ukodishaji huu tumeshayapokea. Tutakujibu.",
    en: "We have your complaint about this rental already. We will answer you.",
  },
  dispute_unavailable: {
    sw: "Huwezi tena kulalamika kuhusu ukodishaji huu.",
    en: "A complaint about this rental is no longer possible.",
  },
  dispute_undecided: {
    sw: "Malalamiko yako bado hayajaamuliwa. Funga akaunti baada ya kupata jibu.",
    en: "A complaint of yours has not been decided yet. Close the account once you have the answer.",
  },
  dispute_decided: { sw: "Malalamiko haya yameshaamuliwa.", en: "This dispute has been decided." },
  swap_unavailable: {
    sw: "Muda wa kubadilisha power bank hii umepita. Irudishe kituo chochote kisha ukodi nyingine.",
    en: "This power bank can no longer be swapped. Return it at any station and rent another one.",
  },
  rental_not_cancellable: {
    sw: "Huwezi tena kughairi ukodishaji huu.",
    en: "This rental can no longer be cancelled.",
  },
  return_proof_invalid: {
    sw: "QR au namba hii ya kurudisha haitumiki tena. Mteja afungue mpya.",
    en: "This return QR or code is no longer good. Ask the renter to open a new one.",
  },
  bank_mismatch: {
    sw: "Power bank hii si ya ukodishaji huu. Angalia namba yake tena.",
    en: "This power bank is not the one of this rental. Check its number again.",
  },
  debt_open: { sw: "Unadaiwa. Lipa deni lako kwanza.", en: "You have a debt. Pay it first." },
  insufficient_funds: { sw: "Salio lako halitoshi.", en: "Your wallet does not cover it." },
  receipt_not_ready: { sw: "Risiti bado haijawa tayari.", en: "There is no receipt yet." },
  receipt_unknown: { sw: "Hatuoni risiti hii.", en: "No such receipt." },
  receipt_credited: {
    sw: "Kiasi chote cha risiti hii kimesharudishwa.",
    en: "All of this receipt has been taken back already.",
  },
  credit_too_high: {
    sw: "Kiasi ni kikubwa kuliko kilichobaki kwenye mstari huo wa risiti.",
    en: "That is more than what is left of that line of the receipt.",
  },
  payment_unknown: { sw: "Hatuoni malipo haya.", en: "No such payment." },
  payment_refused: {
    sw: "Malipo yamekataliwa na mtoa huduma. Jaribu tena au tumia mtandao mwingine.",
    en: "The payment provider refused. Try again or use another wallet.",
  },
  payment_amount_invalid: {
    sw: "Kiasi hiki hakiwezi kulipwa kwa njia hii.",
    en: "This amount cannot be paid this way.",
  },
  payment_in_flight: {
    sw: "Kuna malipo yako ambayo bado hayajakamilika. Subiri dakika chache.",
    en: "A payment of yours is still on its way. Wait a few minutes.",
  },
  wallet_not_empty: {
    sw: "Bado una pesa kwenye salio lako. Zitoe kwanza.",
    en: "There is still money in your wallet. Withdraw it first.",
  },
  withdrawal_unknown: { sw: "Hatuoni ombi hili la kutoa pesa.", en: "No such withdrawal." },
  withdrawals_off: {
    sw: "Kutoa pesa hakupatikani kwa sasa. Salio lako liko salama.",
    en: "Withdrawals are not available right now. Your balance is safe.",
  },
  withdrawal_amount_invalid: { sw: "Kiasi hiki hakiwezi kutolewa.", en: "This amount cannot be withdrawn." },
  withdrawal_exceeds_balance: {
    sw: "Salio linaloweza kutolewa halitoshi.",
    en: "You do not have this much to withdraw.",
  },
  withdrawal_limit: {
    sw: "Umefikia kikomo cha kutoa pesa kwa leo. Jaribu tena kesho.",
    en: "You have reached today's limit. Try again tomorrow.",
  },
  withdrawal_in_flight: {
    sw: "Kuna pesa nyingine bado inatumwa. Subiri ikamilike kwanza.",
    en: "Another withdrawal is still on its way. Wait until it is done.",
  },
  withdrawal_stopped: {
    sw: "Malipo yako ya awali bado yanahakikiwa. Wasiliana nasi.",
    en: "An earlier payment of yours is still being confirmed. Please contact us.",
  },
  recipient_unknown: {
    sw: "Namba hii haina akaunti kwenye mtandao uliouchagua. Angalia namba na mtandao.",
    en: "This number has no account there. Check the number and the network.",
  },
  preview_invalid: {
    sw: "Muda wa uhakiki umeisha. Angalia jina la mpokeaji tena.",
    en: "This has expired. Check the recipient's name again.",
  },
  closed_account_unknown: {
    sw: "Hakuna pesa kwenye akaunti iliyofungwa ya namba hii.",
    en: "No closed account of this number has any money.",
  },
  user_state: {
    sw: "Akaunti hii haijathibitishwa au imefungwa, kwa hiyo haiwezekani.",
    en: "This account is not proved yet or is closed, so it cannot be done.",
  },
  own_account: {
    sw: "Huwezi kuamua kuhusu akaunti yako mwenyewe. Mwombe mwenzako.",
    en: "You cannot decide about your own account. Ask somebody else.",
  },
  user_unknown: { sw: "Mtumiaji huyu hayupo.", en: "No such user." },
  message_unknown: { sw: "Ujumbe huu haupo.", en: "No such message." },
  message_state: {
    sw: "Ujumbe huu hauwezi kutumwa tena: umefika, umeshatumwa tena, au bado uko njiani.",
    en: "This message cannot be sent again: it arrived, it was sent again already, or it is still on its way.",
  },
  withdrawal_state: {
    sw: "Ombi hili la kutoa pesa halipo katika hatua hiyo.",
    en: "The state of this withdrawal does not allow that.",
  },
  four_eyes_required: {
    sw: "Mfanyakazi mwingine anatakiwa kufanya hivi.",
    en: "Another member of staff has to do this.",
  },
  too_early: { sw: "Bado ni mapema kufanya hivi.", en: "It is too early for this." },
  suspense_unknown: { sw: "Hatuoni pesa hizi kwenye orodha.", en: "No such suspense item." },
  suspense_resolved: { sw: "Pesa hizi zimeshashughulikiwa.", en: "This money has been dealt with already." },
  suspense_unproven: {
    sw: "Hakuna ushahidi wa mlipaji wa pesa hizi. Ingiza taarifa ya mtoa huduma kwanza.",
    en: "Nothing proves who paid this. Import the provider's statement first.",
  },
  suspense_confirmed: {
    sw: "Taarifa ya mtoa huduma ina pesa hizi. Zirudishe kwa mlipaji.",
    en: "The provider's statement has this money. Give it back to its payer.",
  },
  internal: {
    sw: "Kuna hitilafu upande wetu. Jaribu tena baadaye.",
    en: "Something went wrong on our side. Try again later.",
  },
  unavailable: {
    sw: "Huduma haipatikani kwa sasa. Jaribu tena baada ya muda mfupi.",
    en: "The service is not available right now. Try again in a moment.",
  },
};
