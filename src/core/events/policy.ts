/** What is a failure of an event, and what only a line in the log. */
export interface EventPolicy {
  readonly unknownEvent: "refuse" | "ignore"
  readonly unknownHandler: "refuse" | "warn"
  readonly bodyNotJson: "refuse" | "warn"
  /** `unanswered`: an answer other than success is only logged. */
  readonly deliveryFailure: "fail" | "unanswered" | "warn"
  /**
   * Where `respond` sends Slack's token: to where `slack.url` is, or wherever its own url leads. That one comes from the
   * app file or the state, which are not trusted.
   */
  readonly respondToken: "slack-url" | "everywhere"
  /** Whether a trigger may be sent without the name of a pipeline. */
  readonly triggerName: "required" | "optional"
}

/** The subcommands' style: what is wrong is said, and fails. */
export const STRICT: EventPolicy = {
  unknownEvent: "refuse",
  unknownHandler: "refuse",
  bodyNotJson: "refuse",
  deliveryFailure: "fail",
  respondToken: "slack-url",
  triggerName: "required",
}

/** The style of 1.x and its flags. */
export const LEGACY: EventPolicy = {
  unknownEvent: "ignore",
  unknownHandler: "warn",
  bodyNotJson: "warn",
  deliveryFailure: "unanswered",
  respondToken: "everywhere",
  triggerName: "optional",
}
