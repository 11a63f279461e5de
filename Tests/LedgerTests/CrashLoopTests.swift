import Foundation
import GRDB
import Testing

@testable import Ledger

/// A container that crashes at each start begins to count its requests anew, thousands of times, under the same number of its
/// process.
struct CrashLoopTests {
  /// The log of a router that starts, and answers its first request, so many times.
  /// - Parameter pause: between two starts, milliseconds.
  private static func log(starts: Int, pause: Int64) -> Data {
    var text = ""
    for start in 0..<Int64(starts) {
      let time = 1_782_216_000_000 + start * pause
      func line(_ level: Int, _ late: Int64, _ rest: String, number: String? = #""reqId":"req-1","#) {
        text += #"{"level":\#(level),"time":\#(time + late),"pid":7,"hostname":"vm",\#(number ?? "")\#(rest)}"# + "\n"
      }
      line(30, 0, #""msg":"register transformer: Anthropic (endpoint: /v1/messages)""#, number: nil)
      line(30, 10, #""req":{"method":"POST","url":"/v1/messages","host":"x"},"msg":"incoming request""#)
      line(30, 11, #""data":{"model":"ollama,glm-5.2","messages":[],"stream":false},"type":"request body""#)
      line(
        20, 400,
        #""response":{"choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":\#(start)}},"#
          + #""msg":"Original OpenAI response""#)
      line(30, 500, #""res":{"statusCode":200},"responseTime":490.1,"msg":"request completed""#)
    }
    return Data(text.utf8)
  }

  /// What this thread, which writes to the ledger, needs of the processor.
  private static func seconds(of body: () throws -> Void) rethrows -> Double {
    func now() -> Double {
      var time = timespec()
      unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
    let begin = now()
    try body()
    return now() - begin
  }

  /// Within the six hours that a request may last all starts before are candidates for what a later line goes on with.
  @Test func startsWithinHoursCostNoMoreThanStartsOverYears() throws {
    var costs: [Double] = []
    for pause in [7 * 3_600_000, 1000] as [Int64] {
      let bench = try Workbench()
      try Self.log(starts: 2000, pause: pause).write(to: bench.log("a.log"))
      costs.append(try Self.seconds { try bench.ingest(batchBytes: 50_000) })
      #expect(try bench.ledger.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM request") } == 2000)
    }
    #expect(costs[1] < 1.7 * costs[0], "\(costs)")
  }

  /// A copy of a part of the log, under another name, tells nothing new of the first start nor of the last.
  @Test func aCopyOfItsEndIsKnown() throws {
    let bench = try Workbench()
    let log = Self.log(starts: 200, pause: 1000)
    try log.write(to: bench.log("a.log"))
    try bench.ingest(batchBytes: 5000)
    let figures = try bench.figures()
    for (index, cut) in [200, 700, log.count / 2 + 100, log.count - 120].enumerated() {
      try log[..<cut].write(to: bench.log("front-\(index).log"))
      try log[cut...].write(to: bench.log("back-\(index).log"))
      try bench.ingest()
    }
    #expect(try bench.figures() == figures)
  }
}
