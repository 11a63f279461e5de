package import Model

/// What was read of a store.
package struct StoreReading: Equatable, Sendable {
  /// The table that the store holds.
  package var table: StoreTable
  /// The requests, by row. One that was handed out before can be handed out again, perhaps changed, under its id.
  package var requests: [StoreRequest] = []
  /// How many rows were read, those included that are no request.
  package var rows = 0
  /// Rows that could not be understood; each is counted once over successive readings.
  package var skipped: [StoreSkipReason: Int] = [:]
  /// Rows that are no request; each is counted once over successive readings.
  package var ignored: [StoreIgnoredKind: Int] = [:]
  /// Where to go on.
  package var cursor: StoreCursor
  /// Whether the limit was reached before the end of the table.
  package var more = false
}

/// A request as a router's store has it.
package struct StoreRequest: Hashable, Codable, Sendable {
  /// The router's request id; where it wrote none, a hash over start, end, path and model.
  package var id: String
  /// Whether `id` is the router's own.
  package var hasRouterID: Bool
  /// The call. The stores do not tell five-minute from one-hour cache writes: all stand as five-minute ones.
  package var request: RoutedRequest
  /// What the router says that the call cost: list price when it was written, also where a plan bills nothing. USD,
  /// decimal text without exponent.
  package var claimedCost: String?
  /// The model that the client asked for.
  package var requestedModel: String?
  /// The path of the client's call, without its query.
  package var path: String
  /// Where it was read; for a merged request, where its tokens are from.
  package var table: StoreTable
  /// The row there.
  package var row: Int64
  /// Whether the router copied this usage event out of its request log, later.
  package var isBackfilled: Bool

  /// A request as it was read.
  package init(
    id: String, hasRouterID: Bool, request: RoutedRequest, claimedCost: String? = nil, requestedModel: String? = nil,
    path: String, table: StoreTable, row: Int64, isBackfilled: Bool
  ) {
    self.id = id
    self.hasRouterID = hasRouterID
    self.request = request
    self.claimedCost = claimedCost
    self.requestedModel = requestedModel
    self.path = path
    self.table = table
    self.row = row
    self.isBackfilled = isBackfilled
  }
}

/// Why a row was left out. The raw value is the sentence that people read.
package enum StoreSkipReason: String, Error, Sendable, CaseIterable {
  /// A time that is none, or a duration that cannot be.
  case badTime = "a time that cannot be"
  case ahead = "a time a day or more ahead of the clock"
  /// A provider, model or path that is no text, is empty, or too long.
  case badName = "a name that cannot be"
  /// A status that is no HTTP status.
  case badStatus = "a status that cannot be"
  /// A path that is not known, and no tokens by which a model's call would be told.
  case unknownPath = "a call of a path that is not known, without tokens"
}

/// What a row is that is no request. The raw value is what people read.
package enum StoreIgnoredKind: String, Error, Sendable, CaseIterable {
  /// A call that counts tokens.
  case countTokens = "token counting"
  /// Some other call: the list of models, health checks.
  case otherPath = "not a model call"
  /// The router refused it and called nobody.
  case noProvider = "refused by the router"
  /// A log row that the router made out of a usage event.
  case copy = "copied from the usage store"
}
