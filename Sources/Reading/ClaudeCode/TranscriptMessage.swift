package import Model

/// One answer of a model as its client, Claude Code, wrote it down.
///
/// A transcript has a line for each block of an answer, a resumed session repeats lines, and a sub-agent can replay
/// its parent's. So several records can stand for one answer: those with the same `key` are put together by `merged`,
/// and `survivors` settles what the keys alone cannot.
package struct TranscriptMessage: Hashable, Sendable {
  /// The client's session; a sub-agent's is its parent's.
  package var session: String
  /// The answer's id.
  package var messageID: String?
  /// The upstream's id of the request; only Anthropic sends one.
  package var requestID: String?
  /// The model as the upstream named it.
  package var model: String
  /// When the last line of the answer was written, epoch milliseconds: the end of the answer.
  package var time: Int64
  /// The tokens as written down; `nil` where all counts are zero, which means that nobody counted.
  package var usage: TokenUsage?
  /// Why `usage` is not what the answer took, where it is not: a lower bound at the most.
  package var flaw: UnmeasuredReason.Transcript?
  /// Searches of the web that the provider made for the answer.
  package var webSearches: Int64 = 0
  /// Whether a sub-agent asked.
  package var isSidechain: Bool
  /// The sub-agent.
  package var agentID: String?
  /// Whether the answer is known to have ended.
  package var complete: Bool
  /// What the answer says of its price beside tokens.
  package var variant: CallVariant
  /// Whether the client's telemetry describes it, not its transcript.
  package var isTelemetry = false
  /// The line's own id, where the answer has none.
  package var line: String?
  /// Further sessions that hold it: a fork, and some resumptions, write a session's lines down once more under a new
  /// session's id.
  package var copies: Set<String> = []

  /// An answer.
  package init(
    session: String, messageID: String?, requestID: String?, model: String, time: Int64, usage: TokenUsage?,
    isSidechain: Bool = false, agentID: String? = nil, complete: Bool = true,
    variant: CallVariant = .none
  ) {
    self.session = session
    self.messageID = messageID
    self.requestID = requestID
    self.model = model
    self.time = time
    self.usage = usage
    self.isSidechain = isSidechain
    self.agentID = agentID
    self.complete = complete
    self.variant = variant
  }

  /// Whether the id is one that other answers have, too: the router's `msg_<epoch milliseconds>`, which two answers of
  /// one moment share, or an upstream's that counts from the start or names all alike.
  package var hasWeakID: Bool { requestID == nil && messageID.map(CallKeys.repeats) ?? false }

  /// The tokens where they are the answer's, and all of it.
  package var measured: TokenUsage? { flaw == nil ? usage : nil }

  /// Why nobody knows the tokens; `nil` where they are known.
  package var reason: UnmeasuredReason? {
    flaw.map { .transcript($0) } ?? (usage == nil ? .transcript(.allZero) : nil)
  }

  /// What makes records one answer.
  package enum Key: Hashable, Sendable {
    /// An upstream's id, the same in every session that a resumption copied it to.
    case id(String, request: String?)
    /// A router's id, which needs the session and the prompt's length to be one answer's.
    case weak(String, session: String, mark: String)
    /// No id: the line's own, else the session, tells it apart.
    case none(line: String, agent: String?, model: String, time: Int64, usage: TokenUsage?)
  }

  /// What makes this one answer.
  package var key: Key {
    guard let messageID else {
      return .none(line: line ?? session, agent: agentID, model: model, time: time, usage: usage)
    }
    return hasWeakID ? .weak(messageID, session: session, mark: weakMark) : .id(messageID, request: requestID)
  }

  /// What tells answers under a weak id apart: the prompt's length. Where the id tells no time it is the time, too, in
  /// steps of two minutes, and what the answer came to once it has ended: `survivors` puts together what a step's border
  /// cut in two.
  package var weakMark: String {
    let prompt = usage.map { "\($0.prompt)" }
    if messageID?.hasPrefix("msg_1") ?? false { return prompt ?? "0" }
    let step = time / Self.step
    guard let usage, let prompt else { return "\(-1 - step)" }
    return complete ? "\(prompt) \(step) \(usage.output)" : "\(prompt) \(step)"
  }

  /// Within what time lines of one answer with the same counts are written down, milliseconds.
  private static let step: Int64 = 120_000

  /// Records among which `survivors` has to choose.
  package enum Group: Hashable, Sendable {
    /// All that has an upstream's id.
    case id(String)
    /// All that one asker got under a router's id.
    case weak(String, session: String, agent: String?)
    /// One record without an id.
    case single(Key)
  }

  /// The records that this one has to be seen with.
  package var group: Group {
    guard let messageID else { return .single(key) }
    return hasWeakID ? .weak(messageID, session: session, agent: agentID) : .id(messageID)
  }

  /// One record of two with the same key: the one with the larger total, because output grows from line to line, at
  /// the later of the two times. What the asker itself wrote wins over what a sub-agent replayed.
  ///
  /// Associative, commutative and idempotent, so records may come in any order and any number of times.
  package static func merged(_ left: TranscriptMessage, _ right: TranscriptMessage) -> TranscriptMessage {
    var result = left
    result.merge(right)
    return result
  }

  /// Becomes what `merged` makes of this record and another one.
  package mutating func merge(_ other: TranscriptMessage) {
    // Whoever wrote it down, and in place of whom: all sessions that hold it are known.
    var sessions = copies
    if session != other.session || !other.copies.isEmpty {
      sessions.formUnion(other.copies.union([session, other.session]))
    }
    defer { if !sessions.isEmpty { copies = sessions.subtracting([session]) } }
    if isSidechain != other.isSidechain {
      if isSidechain { self = other }
      return
    }
    let (latest, isComplete) = (max(time, other.time), complete || other.complete)
    // Beside the whole answer, counts that cannot be say nothing.
    let isSettled = isSettled && other.flaw == .impossibleCounts
    let isSettledByOther = other.isSettled && flaw == .impossibleCounts
    let flaw =
      isSettled || isSettledByOther
      ? nil : Self.flaw(of: [flaw, other.flaw].compactMap(\.self), isComplete: isComplete)
    let searches = max(webSearches, other.webSearches)
    if isSettledByOther || !isSettled && other.outranks(self) { self = other }
    time = latest
    complete = isComplete
    self.flaw = flaw
    webSearches = searches
  }

  /// Whether it holds the tokens of an answer that has ended.
  private var isSettled: Bool { complete && flaw == nil && usage != nil }

  /// What is wrong with an answer by what is wrong with its lines: a flaw of one of them is the answer's, for its other
  /// lines were written earlier, or elsewhere. That one of them was not the last is none where the last is there.
  private static func flaw(
    of flaws: [UnmeasuredReason.Transcript], isComplete: Bool
  ) -> UnmeasuredReason.Transcript? {
    flaws.filter { $0 != .unfinished }.min { $0.rawValue < $1.rawValue }
      ?? (isComplete || flaws.isEmpty ? nil : .unfinished)
  }

  /// Of a group's records, each key once, those that are answers of their own.
  ///
  /// A sub-agent's replay of its parent's answer is none. Under a router's id the lines of one answer can differ in
  /// their prompt's length (the first ones say zero), so what ended counts there, and of the rest only what is no
  /// beginning of it: the largest.
  package static func survivors(_ group: [TranscriptMessage]) -> [TranscriptMessage] {
    surviving(group, haveWeakIDs: group.first?.hasWeakID ?? false).map(\.record)
  }

  /// The answers of their own among a group's records: each with its place, and with what it takes over from records of
  /// the same answer that were written down without its request's id.
  /// - Parameter haveWeakIDs: whether the group's id is a router's; the records need not hold it.
  package static func surviving(
    _ group: [TranscriptMessage], haveWeakIDs: Bool
  ) -> [(place: Int, record: TranscriptMessage)] {
    var records = survivingPlaces(group, haveWeakIDs: haveWeakIDs).map { (place: $0, record: group[$0]) }
    guard !haveWeakIDs else { return records }
    for bare in records where bare.record.requestID == nil {
      func distance(_ index: Int) -> Int64 { abs(group[records[index].place].time - bare.record.time) }
      let whole = records.indices.filter { records[$0].record.requestID != nil }.min {
        let (left, right) = (group[records[$0].place], group[records[$1].place])
        return distance($0) == distance($1) ? left.outranks(right) : distance($0) < distance($1)
      }
      guard let whole, distance(whole) <= longestAnswer else { continue }
      let known = records[whole].record
      records[whole].record.merge(bare.record)
      (records[whole].record.requestID, records[whole].record.session) = (known.requestID, known.session)
      records.removeAll { $0.place == bare.place }
    }
    return records
  }

  /// How far apart records of one answer can be, milliseconds.
  private static let longestAnswer: Int64 = 1_800_000

  /// The places in a group of the records that are answers of their own.
  private static func survivingPlaces(_ group: [TranscriptMessage], haveWeakIDs: Bool) -> [Int] {
    let places = Array(group.indices)
    guard group.count > 1 else { return places }
    if haveWeakIDs { return survivingWeakPlaces(group) }
    let own = places.filter { !group[$0].isSidechain }
    return own.isEmpty ? places : own
  }

  /// The same under a router's id: each that ended, once, and of lines that none of those follows the largest. What
  /// ended soon after another one with the same prompt is its next line, unless it came to less.
  private static func survivingWeakPlaces(_ group: [TranscriptMessage]) -> [Int] {
    let ordered = group.indices.sorted {
      group[$0].time == group[$1].time ? group[$1].outranks(group[$0]) : group[$0].time < group[$1].time
    }
    var ended: [Int] = []
    var latest: [TokenUsage?: Int] = [:]
    for place in ordered where group[place].complete {
      let answer = group[place]
      var prompt = answer.usage
      prompt?.output = 0
      if let last = latest[prompt], answer.time - group[ended[last]].time <= step,
        answer.usage?.output ?? 0 >= group[ended[last]].usage?.output ?? 0
      {
        ended[last] = place
      } else {
        latest[prompt] = ended.count
        ended.append(place)
      }
    }
    var open: [Int] = []
    var last: Int64?
    for place in ordered where !group[place].complete {
      let answer = group[place]
      let isBeginning = ended.contains { (answer.time - step...answer.time + longestAnswer).contains(group[$0].time) }
      if isBeginning { continue }
      if let last, answer.time - last <= longestAnswer, let largest = open.last {
        if answer.outranks(group[largest]) { open[open.count - 1] = place }
      } else {
        open.append(place)
      }
      last = answer.time
    }
    return ended + open
  }

  /// Each answer once, ordered by time.
  package static func unique(_ records: some Sequence<TranscriptMessage>) -> [TranscriptMessage] {
    var byKey: [Key: TranscriptMessage] = [:]
    for record in records {
      let key = record.key
      byKey[key] = byKey[key].map { merged($0, record) } ?? record
    }
    return Dictionary(grouping: byKey.values, by: \.group).values.flatMap(survivors)
      .sorted { $0.time == $1.time ? $1.outranks($0) : $0.time < $1.time }
  }

  /// An order over everything but time and end, which merging changes.
  private func outranks(_ other: TranscriptMessage) -> Bool {
    let (total, otherTotal) = (usage?.total ?? 0, other.usage?.total ?? 0)
    if total != otherTotal { return total > otherTotal }
    if usage != other.usage {
      guard let usage, let others = other.usage else { return usage != nil }
      for tokenClass in TokenClass.allCases where usage[tokenClass] != others[tokenClass] {
        return usage[tokenClass] > others[tokenClass]
      }
    }
    if variant != other.variant { return CallVariant.precedes(other.variant, variant) }
    if session != other.session { return session > other.session }
    if model != other.model { return model > other.model }
    if agentID != other.agentID { return agentID ?? "" > other.agentID ?? "" }
    if messageID != other.messageID { return messageID ?? "" > other.messageID ?? "" }
    return requestID ?? "" > other.requestID ?? ""
  }
}
