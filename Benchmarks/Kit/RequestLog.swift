package import Foundation

/// A log of many requests and few bytes: three years of several providers, four lines a request. What it costs is known
/// to the generator, because it writes the prices too: they change by date, by the length of the prompt and by the hour.
package struct RequestLog {
  private var chance = Chance(seed: 20_230_625)
  private var book = TruthBook()
  private var file: TextFile

  /// The first instant, 2023-06-25T00:00:00Z, in epoch milliseconds.
  private static let start = 1_687_651_200_000
  /// Three years.
  private static let span = 1096 * 86_400_000
  /// Thirty days in the third year that `report` is asked for; one price changes on the way.
  package static let month = "2026-03-10"..."2026-04-08"

  /// Writes a log of so many requests.
  package static func write(to url: URL, requests: Int) throws -> Truth {
    var log = RequestLog(file: try TextFile(at: url))
    return try log.run(requests)
  }

  private init(file: TextFile) { self.file = file }

  private mutating func run(_ requests: Int) throws -> Truth {
    file.write(
      #"{"level":30,"time":\#(Self.start),"pid":1,"hostname":"b","msg":"register transformer: Anthropic (endpoint: "#
        + #"/v1/messages)"}"#)
    try file.endLine()
    var session = ""
    for number in 0..<requests {
      if number % 40 == 0 { session = chance.uuid() }
      let gap = Self.span / requests
      try request(number + 1, session, at: Self.start + number * gap + chance.below(max(1, min(gap, 600_000))))
    }
    try file.close()
    return book.truth(bytes: file.written, files: 1, longestLine: file.longestLine)
  }

  private mutating func request(_ number: Int, _ session: String, at time: Int) throws {
    let model = PriceList.models[chance.below(PriceList.models.count)]
    let fate = chance.below(100)
    var figures = Figures()
    figures.requests = 1
    try line(30, time, number, #""req":{"method":"POST","url":"/v1/messages?beta=true"},"msg":"incoming request""#)
    try line(
      30, time, number,
      #""data":{"model":"\#(model.provider),\#(model.name)","messages":[],"metadata":{"user_id":"user_ab_account__"#
        + #"session_\#(session)"},"stream":true},"type":"request body""#)
    if fate == 0 {
      figures.failed = 1
      try line(
        50, time + 40, number,
        #""err":{"type":"Error","message":"Error from provider(\#(model.provider),\#(model.name): 429): {}"},"#
          + #""msg":"Error from provider(\#(model.provider),\#(model.name): 429): {}""#)
    } else if fate > 5 {
      figures.measured = 1
      let isLong = chance.below(20) == 0
      let prompt = isLong ? 150_000 + chance.below(120_000) : 2000 + chance.below(60_000)
      figures.cacheRead = chance.below(prompt / 2)
      figures.input = prompt - figures.cacheRead
      figures.output = 20 + chance.below(3000)
      figures.cost = model.cost(figures, at: time)
      let completion = figures.output
      try line(
        20, time + 60, number,
        #""type":"recieved data","data":"{\"choices\":[],\"usage\":{\"prompt_tokens\":\#(prompt),"#
          + #"\"completion_tokens\":\#(completion),\"prompt_tokens_details\":{\"cached_tokens\":\#(figures.cacheRead)}}}""#
      )
    }
    // The rest was passed through: nothing tells its tokens.
    try line(
      30, time + 80, number,
      #""res":{"statusCode":\#(fate == 0 ? 429 : 200)},"responseTime":80.5,"msg":"request completed""#)
    book.add(figures, "\(model.provider),\(model.name)", at: time)
  }

  private mutating func line(_ level: Int, _ time: Int, _ number: Int, _ rest: String) throws {
    file.write(#"{"level":\#(level),"time":\#(time),"pid":1,"hostname":"b","reqId":"req-"#)
    file.write(String(number, radix: 36))
    file.write(#"",\#(rest)}"#)
    try file.endLine()
  }
}
