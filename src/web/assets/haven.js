// progressive
