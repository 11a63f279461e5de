import Commands
import Foundation
import Testing

@Suite struct PrometheusTests {
  @Test func writesTheTextFormat() {
    let file = PrometheusTextfile([
      .ratio([.init("0.074667", labels: ["provider": "minimax", "model": "a\"b\\c\nd"]), .init("NaN?")]),
      .cost([]),
      .lastSuccess(milliseconds: 1_782_259_500_999),
    ])
    #expect(
      file.text == #"""
        # HELP ccr_audit_ratio Cost divided by baseline cost over the audited day.
        # TYPE ccr_audit_ratio gauge
        ccr_audit_ratio{model="a\"b\\c\nd",provider="minimax"} 0.074667
        # HELP ccr_audit_last_success_timestamp_seconds When the daily run last ended well, in seconds since 1970.
        # TYPE ccr_audit_last_success_timestamp_seconds gauge
        ccr_audit_last_success_timestamp_seconds 1782259500

        """#)
  }

  @Test func replacesTheFileWhole() throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/ccr-audit.prom"
    let victim = folder.file("victim", "mine")
    try FileManager.default.createSymbolicLink(atPath: path + ".tmp", withDestinationPath: victim)
    let old = umask(0o077)
    defer { umask(old) }
    for value in [1_000_000, 2000] as [Int64] {
      let file = PrometheusTextfile([.lastSuccess(milliseconds: value)])
      try file.write(to: path)
      #expect(try String(contentsOfFile: path, encoding: .utf8) == file.text)
    }
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o644)
    #expect(try String(contentsOfFile: victim, encoding: .utf8) == "mine")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["ccr-audit.prom", "victim"])
  }

  @Test func aLinkToTheFileStaysOne() throws {
    let folder = TemporaryFolder()
    let (real, link) = (folder.file("real.prom", "old"), folder.path + "/link.prom")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: real)
    let file = PrometheusTextfile([.lastSuccess(milliseconds: 2000)])
    try file.write(to: link)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == real)
    #expect(try String(contentsOfFile: real, encoding: .utf8) == file.text)
  }

  @Test func saysWhyItCannotWrite() {
    #expect(throws: DeliveryError.unusable(path: "/nonexistent/a.prom", reason: "no such file or directory")) {
      try PrometheusTextfile([]).write(to: "/nonexistent/a.prom")
    }
  }
}
