/** What is a failure of an event, and what only a line in the log. */
export interface EventPolicy {
  readonly unknownEvent: "refuse" | "ignore"
  readonly unknownHandler: "refuse" | "warn"
  readonly bodyNotJson: "refuse" | "warn"
  /** `unanswered`: an answer other than success is only logged. */
  readonly deliveryFailure: "fail" | "unanswered" | "warn"
  /**
   * A success that a GET was answered with, in the place of the POST, by a redirect of 301 or 302, as to a page to log in:
   * nobody is known to have taken the body. A 303 says that it was taken (RFC 9110, 15.4.4).
   */
  readonly lostBody: "fail" | "warn"
  /**
   * Where `respond` sends Slack's token: to where `slack.url` is, or wherever its own url leads, as 1.x did. That url
   * comes from the app file or the state, which are not trusted; `slack.url` is the operator's. What counts is the origin,
   * not the path: whoever answers there is given the token with each message anyhow, and other methods of the same API,
   * such as chat.update, need it. A `response_url` of Slack is at another host, and needs none.
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
  lostBody: "fail",
  respondToken: "slack-url",
  triggerName: "required",
}

/** The style of 1.x and its flags. */
export const LEGACY: EventPolicy = {
  unknownEvent: "ignore",
  unknownHandler: "warn",
  bodyNotJson: "warn",
  deliveryFailure: "unanswered",
  lostBody: "warn",
  respondToken: "everywhere",
  triggerName: "optional",
}
