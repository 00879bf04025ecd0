# SPDX-License-Identifier: Apache-2.0
"""What `cosmock policy lint --sarif` says is a log of SARIF 2.1.0, by the models of sarif-pydantic.   sarif.py COSMOCK CASES"""
import json
import subprocess
import sys

from sarif_pydantic import Sarif


def main():
    results = 0
    for case in json.load(open(sys.argv[2], encoding="utf-8"))["cases"]:
        text = case["bad"] if isinstance(case["bad"], str) else json.dumps(case["bad"])
        said = subprocess.run([sys.argv[1], "policy", "lint", "--sarif", "--as", case["as"]], input=text, capture_output=True, text=True, check=False)
        log = Sarif.model_validate_json(said.stdout, strict=False)
        rules = {rule.id for rule in log.runs[0].tool.driver.rules}
        assert case["rule"] in {result.rule_id for result in log.runs[0].results} <= rules, case["rule"]
        results += len(log.runs[0].results)
    print("sarif: %d results are read" % results)


main()
