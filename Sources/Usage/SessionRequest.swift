/// A measured request as the caching baseline sees it: when, how long, in which session.
package struct SessionRequest: Hashable, Sendable {
  /// The client's session, where the client named one.
  package var session: String?
  /// Who was called.
  package var model: ModelID
  /// Why the router chose the model.
  package var route: Route
  /// When the router took the call in, epoch milliseconds.
  package var started: Int64
  /// When the answer ended, epoch milliseconds, where somebody wrote it down.
  package var ended: Int64?
  /// The length of the prompt, all input and cache classes together, tokens.
  package var prompt: Int64
  /// The length of the answer, tokens.
  package var output: Int64
  /// Where the tokens come from.
  package var source: UsageSource

  /// A request.
  package init(
    session: String?, model: ModelID, route: Route = .unknown, started: Int64, ended: Int64? = nil, prompt: Int64,
    output: Int64, source: UsageSource = .upstream
  ) {
    self.session = session
    self.model = model
    self.route = route
    self.started = started
    self.ended = ended
    self.prompt = prompt
    self.output = output
    self.source = source
  }
}
