// What a gateway says of a call, in the words of this feature.

export interface Dialled {
  gateway: "africastalking" | "beem";
  sessionId: string;
  /** As the gateway writes the number. */
  phone: string;
  inputs: string[];
  isRestarted?: boolean;
  requestId: string;
}

export interface LastInput {
  sessionId: string;
  phone: string;
  /** How many inputs there were; 0: the session begins. */
  index: number;
  input: string | null;
  /** The caller has hung up; what comes with it was not typed. */
  isOver: boolean;
  requestId: string;
}
