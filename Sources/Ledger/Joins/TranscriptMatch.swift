import Model

/// Joins requests with the answers that their client wrote down: pure, and the same whatever the order of its input.
enum TranscriptMatch {
  /// A request as the join sees it, epoch milliseconds.
  struct Request {
    var id: Int64
    var started: Int64
    /// When its answer ended; `nil` where no record says so.
    var ended: Int64?
    /// Whether the answer was cut or left, so that its client may have written its end down long before.
    var isCut = false

    fileprivate var end: Int64 { ended ?? started }
    fileprivate var isWhole: Bool { ended != nil && !isCut }

    /// When the answer may end by its client's clock.
    fileprivate var window: ClosedRange<Int64> {
      guard let ended else { return (started - early)...(started + open) }
      return ((isCut ? min(started, ended) : ended) - early)...(ended + late)
    }
  }

  /// An answer as the join sees it.
  struct Answer {
    var id: Int64
    /// When it ended, epoch milliseconds.
    var time: Int64
  }

  /// A request and its answer.
  struct Pair: Hashable {
    var request: Int64
    var answer: Int64
  }

  /// How long before the end that a router saw its client may write the end down: its last words come before it.
  static let early: Int64 = 10_000
  /// How long after the end that a router saw its client may write the end down.
  static let late: Int64 = 15_000
  /// How long an answer may take whose end no record shows: the router's own time limit.
  static let open: Int64 = 1_800_000

  /// As many pairs as fit, and of those ways the one with the smallest sum of distances in time.
  static func pairs(_ requests: [Request], _ answers: [Answer]) -> [Pair] {
    var pairs = best(requests.filter(\.isWhole), answers)
    // What has no end of its own takes what is left.
    let taken = Set(pairs.map(\.answer))
    pairs += best(requests.filter { !$0.isWhole }, answers.filter { !taken.contains($0.id) })
    return pairs
  }

  /// The time that has to be taken from the answers so that they fit, where a client's clock is off by a minute or
  /// more; `nil` where no offset joins most of them.
  static func clockOffset(_ requests: [Request], _ answers: [Answer]) -> Int64? {
    let ended = requests.filter(\.isWhole).prefix(300)
    let sample = answers.prefix(300)
    guard !ended.isEmpty, !sample.isEmpty else { return nil }
    var bins: [Int64: [Int64]] = [:]
    for request in ended {
      for answer in sample {
        let offset = answer.time - request.end
        // Each offset stands in two bins that overlap, so that none is torn apart by a border.
        bins[offset >> 13, default: []].append(offset)
        bins[(offset >> 13) + 1, default: []].append(offset)
      }
    }
    guard let fullest = bins.max(by: { ($0.value.count, $1.key) < ($1.value.count, $0.key) })?.value.sorted() else {
      return nil
    }
    let offset = fullest[fullest.count / 2]
    let fitting = best(Array(ended), sample.map { Answer(id: $0.id, time: $0.time - offset) }).count
    let possible = min(ended.count, sample.count)
    guard abs(offset) >= 60_000, fitting * 10 >= possible * 6, fitting >= 2 || ended.count == sample.count else {
      return nil
    }
    return offset
  }

  /// Both sides in order of time, cut where nothing fits across, and each part solved: with windows that move with the
  /// end, pairs that cross in time never have the smaller sum.
  private static func best(_ requests: [Request], _ answers: [Answer]) -> [Pair] {
    let requests = requests.sorted { ($0.end, $0.started, $0.id) < ($1.end, $1.started, $1.id) }
    let answers = answers.sorted { ($0.time, $0.id) < ($1.time, $1.id) }
    var pairs: [Pair] = []
    var (first, firstAnswer) = (0, 0)
    while first < requests.count, firstAnswer < answers.count {
      var (next, nextAnswer) = (first, firstAnswer)
      var horizon = Int64.min
      while true {
        if next < requests.count, next == first || requests[next].window.lowerBound <= horizon {
          horizon = max(horizon, requests[next].window.upperBound)
          next += 1
        } else if nextAnswer < answers.count, answers[nextAnswer].time <= horizon {
          nextAnswer += 1
        } else {
          break
        }
      }
      pairs += solve(Array(requests[first..<next]), Array(answers[firstAnswer..<nextAnswer]))
      (first, firstAnswer) = (next, nextAnswer)
    }
    return pairs
  }

  private struct Score {
    var pairs = 0
    var distance: Int64 = 0

    static func < (left: Score, right: Score) -> Bool {
      left.pairs != right.pairs ? left.pairs < right.pairs : left.distance > right.distance
    }
  }

  /// Row by row: the best score of the first requests and the first answers. Of each row only the answers count that
  /// some request fits which is not behind it, so that the work grows with how many requests overlap, not with how many
  /// there are.
  private static func solve(_ requests: [Request], _ answers: [Answer]) -> [Pair] {
    guard !requests.isEmpty, !answers.isEmpty else { return [] }
    enum Step: UInt8 { case skipRequest, skipAnswer, pair }
    /// What is known of a row: scores of the first `band.lowerBound` answers, and of one more each.
    struct Line {
      var band: ClosedRange<Int>
      var scores: [Score]
      var steps: [Step]

      /// The score of the first answers.
      func score(_ count: Int) -> Score { scores[min(max(count, band.lowerBound), band.upperBound) - band.lowerBound] }
    }
    let bands = bands(requests, answers)
    guard bands.reduce(0, { $0 + $1.count }) <= most else { return inOrder(requests, answers) }
    var steps: [(band: ClosedRange<Int>, steps: [Step])] = []
    var above = Line(band: 0...0, scores: [Score()], steps: [])
    for (request, band) in zip(requests, bands) {
      var line = Line(band: band, scores: [above.score(band.lowerBound)], steps: [.skipRequest])
      line.scores.reserveCapacity(band.count)
      line.steps.reserveCapacity(band.count)
      for count in band.dropFirst() {
        var (score, step) = (above.score(count), Step.skipRequest)
        let left = line.scores[count - 1 - band.lowerBound]
        if score < left { (score, step) = (left, .skipAnswer) }
        let answer = answers[count - 1]
        if request.window.contains(answer.time) {
          let before = above.score(count - 1)
          let paired = Score(pairs: before.pairs + 1, distance: before.distance + abs(answer.time - request.end))
          if score < paired { (score, step) = (paired, .pair) }
        }
        line.scores.append(score)
        line.steps.append(step)
      }
      above = line
      steps.append((band, line.steps))
    }
    var pairs: [Pair] = []
    var (row, count) = (requests.count, answers.count)
    while row > 0, count > 0 {
      let (band, steps) = steps[row - 1]
      count = min(count, band.upperBound)
      switch count <= band.lowerBound ? .skipRequest : steps[count - band.lowerBound] {
      case .skipRequest: row -= 1
      case .skipAnswer: count -= 1
      case .pair:
        pairs.append(Pair(request: requests[row - 1].id, answer: answers[count - 1].id))
        (row, count) = (row - 1, count - 1)
      }
    }
    return pairs
  }

  /// The most scores that are worked out, which is a second of work and 64 MB: thousands that overlap thousands are no
  /// person's work.
  private static let most = 1 << 26

  /// Each request takes the first answer that fits it and no earlier one took: as many pairs where windows move with the
  /// end, in one pass.
  private static func inOrder(_ requests: [Request], _ answers: [Answer]) -> [Pair] {
    var next = 0
    return requests.compactMap { request in
      while next < answers.count, answers[next].time < request.window.lowerBound { next += 1 }
      guard next < answers.count, request.window.contains(answers[next].time) else { return nil }
      next += 1
      return Pair(request: request.id, answer: answers[next - 1].id)
    }
  }

  /// For each request, how many of the first answers may matter: none is left out that it or a later one fits, and none
  /// is taken in beyond what it or an earlier one fits.
  private static func bands(_ requests: [Request], _ answers: [Answer]) -> [ClosedRange<Int>] {
    /// How many answers are before an instant.
    func count(before time: Int64) -> Int { answers.partitioningIndex { $0.time >= time } }
    var lower = requests.map { count(before: $0.window.lowerBound) }
    for index in lower.indices.dropLast().reversed() { lower[index] = min(lower[index], lower[index + 1]) }
    var upper = 0
    return zip(requests, lower).map { request, lower in
      upper = max(upper, lower, count(before: request.window.upperBound + 1))
      return lower...upper
    }
  }
}
